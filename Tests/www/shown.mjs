import { BlockSplitter, blocksOf } from "../../nginx/www/assets/lib/markdown-blocks.js";
import { htmlOf } from "../../nginx/www/assets/lib/markdown-parser.js";

/** The HTML of a whole text, before it is sanitised: block by block, as <markdown-text> shows it. */
export function shown(text) {
  return rendered(blocksOf(text));
}

/** The same for a text that arrives in pieces. */
export function streamed(pieces) {
  const splitter = new BlockSplitter();
  return rendered([...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]);
}

// A definition may stand after its use.
function rendered(blocks) {
  const links = {};
  for (const block of blocks) htmlOf(block, links);
  return blocks.map((block) => htmlOf(block, links)).join("");
}
