import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../nginx/www/assets/lib/api.js";

test("an id stays one part of an address, whatever it holds", () => {
  assert.equal(at`/conversations/${"0192-ab"}/messages?limit=1`, "/conversations/0192-ab/messages?limit=1");
  for (const id of ["a/b", "a?b", "a#b", "a%2fb", "../x", "..", ".", "ü", "", "a b", "a\\b"]) {
    const { pathname, search, hash } = new URL(at`/conversations/${id}/messages`, "https://host/");
    assert.equal(pathname.split("/").length, 4, id);
    assert.equal(pathname.split("/")[3], "messages", id);
    assert.equal(search + hash, "", id);
  }
});

test("no address of the API is put together otherwise", () => {
  const assets = new URL("../../nginx/www/assets/", import.meta.url);
  const scripts = readdirSync(assets, { recursive: true }).filter((name) => name.endsWith(".js"));
  assert.ok(scripts.length > 20);
  for (const name of scripts) {
    const text = readFileSync(new URL(name, assets), "utf8");
    const bare = text.match(/(?<!\bat)`\/(?:conversations|generations|users|models|auth)[^`?]*\$\{[^`]*`/g);
    assert.equal(bare, null, name);
  }
});
