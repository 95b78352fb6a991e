import { api, at } from "../lib/api.js";
import { announce, h } from "../lib/dom.js";
import { models } from "../lib/models.js";
import "./chat-message.js";

/** As many messages as the server gives at once. */
const pageSize = 100;

/** What is drawn has been drawn when nothing has changed for so long; nobody waits for it longer than the second. */
const quietMs = 400;
const patienceMs = 15_000;

/** Prints a conversation from its first message to its last; on the page there may be only some of them. */
export async function printConversation(id) {
  announce("Getting ready to print.");
  const [{ title }, messages] = await Promise.all([api.get(at`/conversations/${id}`), messagesOf(id), models.load()]);
  const paper = h("article", { class: "paper", "aria-hidden": "true", inert: true }, h("h1", { dir: "auto" }, title));
  document.body.append(paper);
  for (const message of messages) {
    const element = document.createElement("chat-message");
    paper.append(element);
    element.show(message);
  }
  await settled(paper);
  window.addEventListener("afterprint", () => paper.remove(), { once: true });
  window.print();
}

async function messagesOf(id) {
  const messages = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(cursor ? { cursor } : {}) });
    const page = await api.get(`${at`/conversations/${id}/messages`}?${query}`);
    messages.unshift(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return messages;
}

/** Waits for code to be coloured and mathematics to be set. */
function settled(paper) {
  return new Promise((resolve) => {
    const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, quietMs); });
    const end = () => { watch.disconnect(); clearTimeout(latest); resolve(); };
    let timer = setTimeout(end, quietMs);
    const latest = setTimeout(() => { clearTimeout(timer); end(); }, patienceMs);
    watch.observe(paper, { childList: true, subtree: true, characterData: true, attributes: true });
  });
}
