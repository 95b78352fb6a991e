import { BlockSplitter, blocksOf } from "../../nginx/www/assets/lib/markdown-blocks.js";
import { htmlOf, unusedIn } from "../../nginx/www/assets/lib/markdown-parser.js";

/** The HTML of a whole text, before it is sanitised: block by block, as <markdown-text> shows it. */
export function shown(text) {
  return rendered(text, blocksOf(text));
}

/** The same for a text that arrives in pieces. */
export function streamed(pieces) {
  const splitter = new BlockSplitter();
  return rendered(pieces.join(""), [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]);
}

// A definition may stand after its use.
function rendered(text, blocks) {
  const links = {};
  for (const block of blocks) htmlOf(block, links);
  const unused = unusedIn(text, links);
  return blocks.map((block) => htmlOf(block, links, unused)).join("");
}
