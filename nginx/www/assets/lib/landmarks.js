/** F6 goes round the parts of the page, as it does in a desktop's windows; each gives the focus to what had it last. */

/** The parts in their order, and where the focus goes in each when nothing had it yet: the first that is there. */
const parts = [
  { part: ".rail", first: ["[aria-current]", "a"] },
  { part: "conversation-list", first: ["[aria-current=page]", ".conv > a", "input"] },
  { part: ".main", first: ["chat-thread:not([hidden]) .scroller", ".body", "h1[tabindex]", "a, button, input"] },
  { part: "chat-composer", first: ["textarea"] },
];

const lastIn = new WeakMap();

/** Moves on to the next part that is there; back with `step` -1. */
export function goRound(step) {
  const { activeElement } = document;
  const shown = parts.map(({ part, first }) => ({ part: document.querySelector(part), first }))
    .filter(({ part }) => part?.checkVisibility({ visibilityProperty: true }) && !part.closest("[inert]"));
  // The composer lies within the main part: the innermost counts.
  const here = shown.findLastIndex(({ part }) => part.contains(activeElement));
  if (here >= 0) lastIn.set(shown[here].part, activeElement);
  const from = here < 0 && step < 0 ? 0 : here;
  const { part, first } = shown[(from + step + shown.length) % shown.length];
  const last = lastIn.get(part);
  const wanted = last?.checkVisibility() ? last : first.map((each) => part.querySelector(each)).find(Boolean);
  wanted?.focus();
}
