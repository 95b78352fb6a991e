"""Random Markdown: streamed in random pieces it ends as the whole text does, quickly, and no word of it is missing."""

import os
import time

SEED = int(os.environ.get("ATELIER_FUZZ_SEED", time.time()))
PIECES = int(os.environ.get("ATELIER_FUZZ_PIECES", 20_000))

# The page makes the texts itself, from a generator with a seed: 20,000 of them would be long to hand over.
FUZZ = r"""
async ({ seed, count, batch }) => {
  const version = /assets\/([^/]+)\//.exec(document.querySelector("script[src]").src)[1];
  await import(`/assets/${version}/elements/markdown-text.js`);

  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let bits = Math.imul(state ^ state >>> 15, state | 1);
    bits ^= bits + Math.imul(bits ^ bits >>> 7, bits | 61);
    return ((bits ^ bits >>> 14) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const marks = ["\n", "\n", "\n\n", "\n\n", " ", " ", "- ", "* ", "+ ", "1. ", "2) ", "> ", "# ", "## ", "#### ", "===\n", "---\n", "***", "```", "```\n", "~~~\n",
    "```js\n", "```md\n", "x:\n```\n", "    ", "  ", "\t", "|", "|\n", "|a|b|\n|-|-|\n", "| - | :-: |\n", "**", "*", "_", "__", "~~", "~", "`", "``", "[", "](", "](u)", "]", "]: ", "[a]", "[a]: /u\n", "[b]: <x> 'title'\n",
    "![", "<b>", "</b>", "<br>", "<!--", "-->", "<", ">", "&amp;", "&copy;", "&", "\\", "\\(", "\\)", "\\[", "\\]", "$", "$$", "$$\n", "\\[\n", "\\]\n", "x^2", "https://a.org/", "，", "中文", "عربي", "😀",
    "www.", "<http://a.b>", "me@x.org", "[x] ", "[ ] ", "\r\n", "(", ")", "\"", "'", "{", "}", "\u00a0", "\u200b", "\\frac", "\\begin{align}", "\\end{align}", "\\end{align}\n", "$x$", "5$", ":", "!"];

  /** A text, and its words: each occurs once, so that one that is missing is missed. */
  const make = () => {
    const words = [];
    let text = "";
    const repeated = random() < .02;
    for (let left = 1 + below(30); left > 0; left -= 1) {
      if (random() < .35) { words.push(`w${words.length}q`); text += words.at(-1); }
      else text += repeated && random() < .3 ? pick(marks).repeat(1 + below(200)) : pick(marks);
    }
    return { text, words };
  };

  /** What is shown, without what depends on when: sizes, colours, formulas. */
  const settled = (element) => {
    const copy = element.cloneNode(true);
    for (const formula of copy.querySelectorAll(".math")) { formula.textContent = formula.dataset.tex ?? formula.textContent; delete formula.dataset.tex; delete formula.dataset.state; }
    for (const code of copy.querySelectorAll("code")) code.textContent = code.textContent;
    for (const box of copy.querySelectorAll("[role=group]")) for (const name of ["role", "tabindex", "aria-label"]) box.removeAttribute(name);
    copy.normalize();
    return copy;
  };

  /** All that a reader can find: text, and where links lead. The names of definitions are only looked up. */
  const visible = (element, text) => [element.textContent, ...[...element.querySelectorAll("[href], [src], [title], [alt]")].flatMap((node) =>
    ["href", "src", "title", "alt"].map((name) => node.getAttribute(name) ?? "")), ...text.match(/\[(?:[^\[\]\\]|\\[^])*\]:/g) ?? []].join(" ");

  const faults = [];
  const fault = (kind, text, more) => { if (faults.length < 5) faults.push({ kind, text, ...more }); };
  let slowest = 0;
  for (let done = 0; done < count; done += batch) {
    const texts = Array.from({ length: Math.min(batch, count - done) }, make);
    const streams = texts.map(({ text }) => {
      const element = document.createElement("markdown-text");
      document.body.append(element);
      return { element, rest: text };
    });
    // A few frames; in each, every text gets a piece, most of them small, cut anywhere.
    for (let frame = 0; frame < 5; frame += 1) {
      for (const stream of streams) {
        const length = frame === 4 ? stream.rest.length : below(1 + below(stream.rest.length + 1));
        if (length) stream.element.write(stream.rest.slice(0, length));
        stream.rest = stream.rest.slice(length);
      }
      await new Promise(requestAnimationFrame);
    }
    const whole = document.createElement("markdown-text");
    for (const [at, { text, words }] of texts.entries()) {
      const { element } = streams[at];
      element.finish();
      const began = performance.now();
      whole.show(text);
      const took = performance.now() - began;
      let least = took; // the machine may have been busy: what is slow is slow each time
      for (let tries = 0; least > 100 && tries < 5; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const start = performance.now();
        whole.show(text);
        least = Math.min(least, performance.now() - start);
      }
      slowest = Math.max(slowest, least);
      if (least > 100) fault("slow", text, { ms: least });
      for (let wait = 0; wait < 100 && [element, whole].some((one) => one.querySelector(".block--plain:not(:has(.try))")); wait += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      const [streamed, shown] = [settled(element), settled(whole)];
      if (!streamed.isEqualNode(shown)) fault("another page", text, { streamed: streamed.innerHTML, shown: shown.innerHTML });
      const seen = visible(whole, text);
      const missing = words.filter((word) => !seen.includes(word));
      if (missing.length) fault("missing", text, { missing, shown: shown.innerHTML });
      element.remove();
    }
  }
  return { faults, slowest };
}
"""


def test_random_markdown_ends_as_the_whole_and_loses_no_word(visit):
    visitor = visit().register()
    tab = visitor.open()
    tab.is_ready()
    # Formulas are KaTeX's work, and there are hundreds of thousands of them here.
    tab.page.route("**/vendor/katex/**", lambda route: route.abort())
    print(f"\nATELIER_FUZZ_SEED={SEED}")
    began = time.monotonic()
    result = tab.page.evaluate(FUZZ, {"seed": SEED, "count": PIECES, "batch": 200})
    print(f"{PIECES} pieces in {time.monotonic() - began:.0f} s, the slowest {result['slowest']:.0f} ms")
    assert result["faults"] == [], f"with ATELIER_FUZZ_SEED={SEED}"
