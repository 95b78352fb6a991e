/**
 * Makes the children of `target` like those of `source` and keeps every node that is the same already, so that
 * text being written does not flicker, and a selection or a scrolled table stays.
 */
export function morphChildren(target, source) {
  let present = target.firstChild;
  for (const wanted of [...source.childNodes]) {
    if (!present) {
      target.append(wanted);
    } else if (isAlike(present, wanted)) {
      morph(present, wanted);
      present = present.nextSibling;
    } else {
      const next = present.nextSibling;
      present.replaceWith(wanted);
      present = next;
    }
  }
  while (present) {
    const next = present.nextSibling;
    present.remove();
    present = next;
  }
}

function isAlike(present, wanted) {
  return present.nodeType === wanted.nodeType && present.nodeName === wanted.nodeName;
}

function morph(present, wanted) {
  if (present.nodeType !== Node.ELEMENT_NODE) return morphText(present, wanted);
  // A formula that is set already has other children than its source, and is the same if its TeX is.
  if (present.dataset?.tex !== undefined && present.dataset.tex === wanted.textContent) return;
  for (const { name } of [...present.attributes]) if (!wanted.hasAttribute(name) && name !== "open") present.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (present.getAttribute(name) !== value) present.setAttribute(name, value);
  morphChildren(present, wanted);
}

// Appending keeps a selection inside the text; setting it anew would not.
function morphText(present, wanted) {
  if (present.data === wanted.data) return;
  if (wanted.data.startsWith(present.data)) present.appendData(wanted.data.slice(present.data.length));
  else present.data = wanted.data;
}
