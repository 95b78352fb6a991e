/** Turns the mathematics in an element into KaTeX, loading that with the first formula. */

/** Longer and deeper formulas stay as they were written: KaTeX takes a second for x^{x^{x^{… */
const limitCharacters = 2000;
const limitDepth = 40;

/** How long the page may be held up at a time. */
const sliceMs = 40;

/** Formulas of chemistry, which KaTeX has in a file of its own. */
const chemical = /\\(?:ce|pu)\b/;

/** Formulas that wait for code, and the code; it is asked for again when it did not come. */
class Waiting {
  #load;
  #loading = null;
  #formulas = new Set();

  constructor(load) {
    this.#load = load;
  }

  async add(formulas) {
    if (!formulas.length) return;
    for (const formula of formulas) this.#formulas.add(formula);
    try {
      await this.loaded;
    } catch {
      return; // the source stays in view
    }
    for (const formula of this.#formulas) ready.add(formula);
    this.#formulas.clear();
    drain();
  }

  get loaded() {
    return this.#loading ??= this.#load().catch((fault) => { this.#loading = null; throw fault; });
  }
}

const mathematics = new Waiting(() => Promise.all([
  import("/vendor/katex/katex.min.js"),
  import("./copy-formulas.js"),
  loadStyles("/vendor/katex/"),
]));
const chemistry = new Waiting(async () => {
  await mathematics.loaded;
  await import("/vendor/katex/contrib/mhchem.js");
});

const ready = new Set();
let isDraining = false;

/** @param {HTMLElement} root every `.math` below it holds TeX as text and is typeset once */
export function typeset(root) {
  const formulas = [...root.querySelectorAll(".math:not([data-state])")];
  mathematics.add(formulas.filter(({ textContent }) => !chemical.test(textContent)));
  chemistry.add(formulas.filter(({ textContent }) => chemical.test(textContent)));
}

function drain() {
  if (isDraining) return;
  const until = performance.now() + sliceMs;
  for (const formula of ready) {
    if (performance.now() > until) break;
    ready.delete(formula);
    set(globalThis.katex, formula);
  }
  isDraining = ready.size > 0;
  if (isDraining) setTimeout(() => { isDraining = false; drain(); });
}

/** Whether a formula could hold up the page. */
export function isTooMuch(tex) {
  let depth = 0;
  let deepest = 0;
  for (const [mark] of tex.matchAll(/\\(?:left|begin|right|end)\b|\\.|[{}]/gs)) {
    if (/^(?:\{|\\left|\\begin)$/.test(mark)) depth += 1;
    else if (/^(?:\}|\\right|\\end)$/.test(mark)) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return tex.length > limitCharacters || deepest > limitDepth;
}

// Debian's style sheet names each font in three formats, and the package has the last one alone: the browser would
// ask in vain for two files before each one that is there.
async function loadStyles(place) {
  const css = await (await fetch(`${place}katex.min.css`)).text();
  const sheet = new CSSStyleSheet();
  await sheet.replace(css.replaceAll(/url\([^)]*\.woff2?\) format\(['"]woff2?['"]\),/g, "").replaceAll("url(fonts/", `url(${place}fonts/`));
  document.adoptedStyleSheets.push(sheet);
}

function set(katex, formula) {
  const tex = formula.textContent;
  if (formula.dataset.state) return;
  if (isTooMuch(tex)) return void (formula.dataset.state = "plain");
  try {
    const tree = katex.__renderToDomTree(
      tex,
      {
        displayMode: formula.classList.contains("math--display"),
        throwOnError: true,
        trust: false,
        strict: "ignore",
        maxExpand: 300,
        maxSize: 40,
      },
    );
    liftStyles(tree);
    const node = tree.toNode();
    for (const element of node.querySelectorAll("[data-lifted-style]")) {
      element.style.cssText += element.dataset.liftedStyle;
      delete element.dataset.liftedStyle;
    }
    formula.dataset.tex = tex;
    formula.dataset.state = "set";
    formula.replaceChildren(node);
  } catch {
    formula.dataset.state = "plain"; // not TeX that KaTeX knows: it stays readable as it was written
  }
}

// KaTeX writes some styles as attributes (stretched arrows, \fcolorbox), which the content security policy
// refuses. They wait under another name until the nodes exist, and are then set through the object model.
function liftStyles(node) {
  if (node.attributes?.style) {
    node.attributes["data-lifted-style"] = node.attributes.style;
    delete node.attributes.style;
  }
  node.children?.forEach(liftStyles);
}
