import assert from "node:assert/strict";
import { test } from "node:test";
import { tokensOf } from "../../nginx/www/assets/lib/highlight-tokens.js";

test("spans nest and entities become characters", () => {
  assert.deepEqual(tokensOf('a &lt;b&gt; <span class="hljs-string">"x <span class="hljs-subst">${y}</span>"</span> &amp;&amp; &#x27;'),
    ["a <b> ", ["hljs-string", '"x ', ["hljs-subst", "${y}"], '"'], " && '"]);
});

test("text that looks escaped twice is unescaped once", () => {
  assert.deepEqual(tokensOf("&amp;lt;"), ["&lt;"]);
});

test("a stray end does no harm", () => {
  assert.deepEqual(tokensOf("a</span>b"), ["a", "b"]);
});
