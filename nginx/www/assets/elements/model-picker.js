import { h, icon, iconButton } from "../lib/dom.js";
import { count, price } from "../lib/format.js";
import { memory } from "../lib/memory.js";
import { models } from "../lib/models.js";
import { fallbackList } from "./fallback-list.js";
import { pick } from "./pick-dialog.js";

const favourites = "favourites";

/** What a model takes and gives, by the names the API uses. */
const modalities = { text: "text", image: "image", file: "file", audio: "audio", video: "video" };

/**
 * Lets the person choose a model, and which ones are tried when it fails.
 * @param {string|null} current
 * @param {{label?: string, except?: string[], fallbacks?: string[], onFallbacks?: (ids: string[]) => void}} [options]
 *   without `onFallbacks` only the model is chosen
 * @returns {Promise<string|null>} its id
 */
export async function chooseModel(current, { label = "Choose a model", except = [], fallbacks = [], onFallbacks } = {}) {
  if (models.state !== "ready") await models.load();
  return pick({
    label, placeholder: "Search models", note: trouble(),
    foot: onFallbacks && fallbackList({
      ids: fallbacks,
      changed: onFallbacks,
      choose: (taken) => chooseModel(null, { label: "If it fails, try", except: [current, ...taken] }),
    }),
    empty: (query) => query ? `No model is called “${query}”.` : "No provider offers a model at the moment.",
    groups: (query) => groupsOf(query.toLowerCase(), current, except),
  });
}

function groupsOf(query, current, except) {
  const liked = new Set(memory.list(favourites));
  const found = models.items.filter((model) => !except.includes(model.id) && query.split(/\s+/).every((word) => `${model.name} ${model.id} ${model.provider}`.toLowerCase().includes(word)));
  const rows = (items) => items.map((model) => ({
    value: model.id,
    isCurrent: model.id === current,
    make: () => row(model, model.id === current, liked.has(model.id)),
  }));
  const [first, rest] = [found.filter(({ id }) => liked.has(id)), found.filter(({ id }) => !liked.has(id))];
  return [
    { title: "Favourites", rows: rows(first) },
    { title: first.length ? "All others" : "Models", rows: rows(rest) },
  ];
}

function row(model, isCurrent, isLiked) {
  const button = h("button", {
    type: "button",
    class: "model-row",
    "aria-current": isCurrent && "true",
    "data-model-id": model.id,
    title: model.description,
  },
    h(
      "span",
      { class: "about" },
      h("span", { class: "name", dir: "auto" }, model.name),
      h("span", { class: "from" }, model.provider),
    ),
    marks(model), figures(model));
  return { button, side: star(model, isLiked) };
}

function marks({ input_modalities: takes = [], output_modalities: gives = [] }) {
  const interesting = (list) => list.filter((name) => modalities[name] && (name !== "text" || list.length === 1));
  const [into, out] = [interesting(takes), interesting(gives)];
  if (into.join() === "text" && out.join() === "text") return null; // the usual thing needs no mark
  const words = `takes ${takes.join(", ")}; gives ${gives.join(", ")}`;
  return h(
    "span",
    { class: "marks", role: "img", "aria-label": words, title: words },
    into.map((name) => icon(name)),
    "›",
    out.map((name) => icon(name)),
  );
}

function figures({ context_length: context, pricing }) {
  const prices = pricing && (pricing.prompt === 0 && pricing.completion === 0 ? "free" : `${price(pricing.prompt)} in · ${price(pricing.completion)} out`);
  return h("span", { class: "figures" },
    h(
      "span",
      { title: "price per million tokens" },
      prices ?? "price unknown",
      prices && prices !== "free" && h("span", { class: "unseen" }, " per million tokens"),
    ),
    context && h("span", { title: "how much it can read at once" }, `${count(context)} context`));
}

function star(model, isLiked) {
  const label = `${model.name} is a favourite`;
  const button = iconButton("star", label, { class: "icon-button star", "aria-pressed": String(isLiked) });
  button.title = isLiked ? "Remove from favourites" : "Put first";
  button.addEventListener("click", () => {
    const liked = memory.toggle(favourites, model.id);
    const dialog = button.closest("dialog");
    dialog.refresh().then(() => {
      const again = [...dialog.querySelectorAll(".choice")].find((choice) => choice.dataset.modelId === model.id);
      (again?.parentElement.querySelector(".star") ?? dialog.querySelector("input")).focus();
    });
    button.setAttribute("aria-pressed", String(liked));
  });
  return button;
}

/** Which providers cannot be reached, said once above the list. */
function trouble() {
  if (models.state === "failed") return h(
    "p",
    { class: "notice notice--calm" },
    "The models could not be loaded. Close this and try again in a moment.",
  );
  const down = models.providers.filter(({ state }) => state === "down" || state === "stale");
  if (!down.length) return null;
  const texts = down.map(({ name, state, detail }) => `${name} ${state === "down" ? "does not answer" : "answers slowly; its list is from earlier"}${detail ? ` (${detail})` : ""}.`);
  return h("p", { class: "notice notice--calm" }, texts.join(" "), " The other providers work.");
}
