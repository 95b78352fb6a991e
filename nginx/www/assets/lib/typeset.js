/** Turns the mathematics in an element into KaTeX, loading that with the first formula. */

let loading = null;

/** @param {HTMLElement} root every `.math` below it holds TeX as text and is typeset once */
export function typeset(root) {
  const formulas = root.querySelectorAll(".math:not([data-state])");
  if (!formulas.length) return;
  const { katex } = globalThis;
  if (katex) return formulas.forEach((formula) => set(katex, formula));
  loading ??= load();
  loading.then(
    () => formulas.forEach((formula) => formula.isConnected && set(globalThis.katex, formula)),
    () => { loading = null; },
  );
}

async function load() {
  const { styles } = await import("./dom.js");
  await Promise.all([import("/vendor/katex/katex.min.js"), styles("/vendor/katex/katex.min.css")]);
}

function set(katex, formula) {
  const tex = formula.textContent;
  if (formula.dataset.state) return;
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
