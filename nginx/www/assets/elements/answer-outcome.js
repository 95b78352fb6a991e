import { h, icon } from "../lib/dom.js";
import { problemNotice, providerWords } from "./answer-problem.js";

/**
 * How an answer ended, where that is not simply well; and what can be done.
 * @param {object} message an answer that is complete
 * @param {(action: "regenerate"|"regenerate-with"|"continue"|"edit-question") => void} ask
 * @returns {Node[]}
 */
export function outcomeOf({ text, generation }, ask) {
  const button = (name, action, label, run) => h(
    "button",
    { type: "button", class: "button", "data-action": action, onclick: () => ask(run) },
    icon(name),
    label,
  );
  const again = (label) => button("again", "retry", label, "regenerate");
  const hasText = text !== "";
  const goOn = hasText && button("onward", "continue", "Continue", "continue");
  switch (generation.state) {
    case "stopped":
      return [h("div", { class: "ending" }, h("p", {}, `You stopped this answer${hasText ? "" : " before it began"}.`), goOn)];
    case "interrupted":
      return [withWords(generation.error, calm(
        `${generation.error?.detail ?? "The answer broke off on the server."} ${hasText ? "What had arrived is kept." : "No word had arrived."}`,
        goOn,
        again("Answer again"),
      ))];
    case "failed":
      return [problemNotice(generation.error ?? {}, ask, generation.provider)];
  }
  switch (generation.finish_reason) {
    case "length":
      return hasText
        ? [calm("The answer ends here because it reached the model's limit of length.", goOn)]
        : [calm("The model used up its length before its first word.", again("Answer again"))];
    case "content_filter":
      return [calm("The provider's content filter ended the answer here.", again("Answer again"))];
    case "tool_calls":
      if (!hasText) return [calm("The model asked for a tool instead of answering. There are no tools here yet.", again("Answer again"))];
  }
  if (!hasText) return [calm("The model ended its answer without a word.", again("Answer again"))];
  return generation.error ? [calm(generation.error.detail)] : []; // what is left out
}

/** Adds what the provider said of it. */
function withWords(problem, notice) {
  notice.append(...[providerWords(problem ?? {})].filter(Boolean));
  return notice;
}

function calm(text, ...actions) {
  return h("div", { class: "notice notice--calm" }, h("p", {}, text), h("div", { class: "actions" }, actions));
}
