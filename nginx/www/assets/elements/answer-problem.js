import { h, icon, textButton } from "../lib/dom.js";
import { session } from "../lib/session.js";

/** What helps, the best remedy first; where nothing is said, to try again. */
const remedies = {
  content_refused: ["edit", "another", "again"],
  context_too_long: ["another", "edit"],
  model_unknown: ["another", "again"],
  provider_auth: ["keys", "another", "again"],
  provider_payment: ["keys", "another", "again"],
  provider_rate_limited: ["again", "another"],
  provider_unavailable: ["again", "another"],
  provider_timeout: ["again", "another"],
  provider_error: ["again", "another"],
  tools_wanted: ["another", "again"],
  pictures_only: ["another", "again"],
};

/**
 * An answer that failed: what happened, what is kept, what helps, and, folded, what the provider said.
 * @param {object} problem as the API has it; `provider_error` holds the provider's own words
 * @param {(action: "regenerate"|"regenerate-with"|"edit-question") => void} ask
 * @param {string} [provider] the name of the provider that was asked
 */
export function problemNotice(problem, ask, provider) {
  const make = {
    again: () => textButton("Try again", () => ask("regenerate"), { "data-action": "retry" }),
    another: () => textButton("Use another model", () => ask("regenerate-with")),
    edit: () => textButton("Edit your message", () => ask("edit-question")),
    keys: () => session.user?.role === "admin" && textButton(
      "Where keys are",
      () => import("./first-run.js").then((module) => module.showKeyPlaces(problem.code === "provider_auth" ? provider : null)),
    ),
  };
  const actions = (remedies[problem.code] ?? ["again"]).map((name) => make[name]()).filter(Boolean);
  actions[0].classList.add("button--main");
  return h("div", { class: "notice", "data-code": problem.code ?? "" }, icon("warn"),
    h("p", {}, problem.detail || problem.title || "The model could not answer.", " Your message is kept."),
    h("div", { class: "actions" }, actions), providerWords(problem));
}

/** The provider's status, words and request id, folded; null where it said nothing. */
export function providerWords({ provider_error: said }) {
  const lines = [
    ["Status", said?.status],
    ["The provider’s words", said?.message],
    ["Its request", said?.request_id],
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  return lines.length ? h("details", {}, h("summary", {}, "Details"),
    h("dl", {}, lines.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, String(value)))))) : null;
}
