/** Renders Markdown away from the page: what is long may be slow. */
import { htmlOf } from "./markdown-parser.js";

self.addEventListener("message", ({ data: { block, links, unused } }) => {
  try {
    self.postMessage({ html: htmlOf(block, links, unused), links });
  } catch {
    self.postMessage({}); // too deep, for all the limits: it stays as it was written
  }
});
self.postMessage("ready");
