import { announce } from "./dom.js";

/**
 * Puts text on the clipboard, and says so; false where the browser refuses.
 * @param {string} text @param {string} [html] the same for where that can be pasted
 */
export async function copyText(text, html) {
  const asText = async () => navigator.clipboard.writeText(text);
  const asBoth = async () => navigator.clipboard.write([new ClipboardItem({
    "text/html": new Blob([html], { type: "text/html" }),
    "text/plain": new Blob([text], { type: "text/plain" }),
  })]);
  const done = await (html ? asBoth().catch(asText) : asText()).then(() => true, () => false);
  announce(done ? "Copied." : "The browser did not let this be copied.");
  return done;
}
