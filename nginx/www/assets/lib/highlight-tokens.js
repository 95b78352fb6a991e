/**
 * highlight.js writes HTML; this reads it back into nested tokens, so that the page builds text nodes and
 * never parses what a model wrote as HTML a second time.
 *
 * A token is a text, or `[class, ...tokens]`. highlight.js 9 knows only <span class="…">, </span>, and the
 * entities &amp; &lt; &gt; (and, in some builds, &quot; and &#x27;).
 */
export function tokensOf(html) {
  const root = [""];
  const stack = [root];
  for (const [piece, name] of html.matchAll(/<span class="([^"]*)">|<\/span>|[^<]+/g)) {
    if (name !== undefined) {
      const token = [name];
      stack.at(-1).push(token);
      stack.push(token);
    } else if (piece === "</span>") {
      if (stack.length > 1) stack.pop();
    } else {
      stack.at(-1).push(unescaped(piece));
    }
  }
  return root.slice(1);
}

const entities = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };

function unescaped(text) {
  return text.replace(/&(amp|lt|gt|quot|#x27);/g, (_, name) => entities[name]);
}
