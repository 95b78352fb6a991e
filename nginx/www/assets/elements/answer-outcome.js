import { h, icon, textButton } from "../lib/dom.js";

/** Faults that another model may not have. */
const modelFaults = new Set([
  "model_unknown",
  "provider_auth",
  "provider_payment",
  "provider_unavailable",
  "provider_rate_limited",
  "context_too_long",
  "content_refused",
]);

/**
 * How an answer ended, where that is not simply well; and what can be done.
 * @param {object} message an answer that is complete
 * @param {(action: "regenerate"|"regenerate-with"|"continue") => void} ask
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
      return [calm(
        `${generation.error?.detail ?? "The answer broke off on the server."} ${hasText ? "What had arrived is kept." : "No word had arrived."}`,
        goOn,
        again("Answer again"),
      )];
    case "failed":
      return [failure(generation.error ?? {}, again("Try again"), ask)];
  }
  switch (generation.finish_reason) {
    case "length":
      return hasText
        ? [calm("The answer ends here because it reached the model's limit of length.", goOn)]
        : [calm("The model used up its length before its first word.", again("Answer again"))];
    case "content_filter":
      return [calm("The provider's content filter ended the answer here.", again("Answer again"))];
    case "tool_calls":
      return hasText ? [] : [calm("The model asked for a tool instead of answering. There are no tools here yet.", again("Answer again"))];
  }
  return hasText ? [] : [calm("The model ended its answer without a word.", again("Answer again"))];
}

function calm(text, ...actions) {
  return h("div", { class: "notice notice--calm" }, h("p", {}, text), h("div", { class: "actions" }, actions));
}

function failure(problem, again, ask) {
  const another = modelFaults.has(problem.code) && textButton("Use another model", () => ask("regenerate-with"));
  return h("div", { class: "notice", "data-code": problem.code ?? "" }, icon("warn"),
    h("p", {}, problem.detail || problem.title || "The model could not answer.", " Your message is kept."),
    h("div", { class: "actions" }, again, another));
}
