import assert from "node:assert/strict";
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
