import { api } from "../lib/api.js";
import { conversations } from "../lib/conversations.js";
import { go, h, icon } from "../lib/dom.js";
import { applyTheme, memory } from "../lib/memory.js";
import { dateText } from "./date-text.js";
import { pick } from "./pick-dialog.js";

const commands = [
  { text: "New conversation", mark: "plus", run: () => go("/") },
  { text: "Account", mark: "person", run: () => go("/account") },
  { text: "Recently deleted", mark: "trash", run: () => import("./deleted-dialog.js").then((m) => m.showDeleted()) },
  { text: "Print or save as PDF", mark: "file", isFor: () => shown() !== null, run: () => import("./print-conversation.js").then((m) => m.printConversation(shown())) },
  { text: "Keys", mark: "keyboard", run: () => import("./keys-dialog.js").then((module) => module.showKeys()) },
  ...["light", "dark", "system"].map((theme) => ({
    text: `Theme: ${theme}`,
    mark: "theme",
    run: () => { memory.set("theme", theme === "system" ? null : theme); applyTheme(); },
  })),
];

/** The id of the conversation that is shown, if one is. */
const shown = () => /^\/c\/([\w-]+)/.exec(location.pathname)?.[1] ?? null;

/** Opens the palette: finds a conversation, or does something. */
export async function openPalette() {
  const chosen = await pick({
    label: "Palette",
    placeholder: "Find a conversation, or do something",
    empty: (query) => `Nothing is called “${query}”.`,
    groups,
  });
  chosen?.run();
}

async function groups(query) {
  const lower = query.toLowerCase();
  const matching = commands.filter(({ text, isFor }) => text.toLowerCase().includes(lower) && (isFor?.() ?? true));
  const found = await matchingConversations(query);
  const talks = {
    title: "Conversations",
    rows: found.map((item) => row(
      "chat",
      item.title || "New conversation",
      item.updated_ms,
      { run: () => go(`/c/${item.id}`) },
    )),
  };
  const actions = { title: "Do", rows: matching.map((command) => row(command.mark, command.text, null, command)) };
  return query ? [talks, actions] : [actions, talks];
}

async function matchingConversations(query) {
  if (!query) return conversations.items.slice(0, 8);
  try {
    return (await api.get(`/conversations?${new URLSearchParams({ q: query, limit: "12" })}`)).items;
  } catch {
    return conversations.items.filter(({ title }) => title.toLowerCase().includes(query.toLowerCase()));
  }
}

function row(mark, name, whenMs, value) {
  return {
    value,
    make: () => ({
      button: h(
        "button",
        { type: "button", class: "command" },
        icon(mark),
        h("span", { class: "name", dir: "auto" }, name),
        whenMs && dateText(whenMs, { class: "when" }),
      ),
    }),
  };
}
