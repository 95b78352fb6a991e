import { day, exact, relative, untilNext } from "../lib/dates.js";
import { h } from "../lib/dom.js";
import { locale } from "../lib/locale.js";

/** The longest wait that a browser's timer takes is some 24 days. */
const mostMs = 86_400_000;

/** Those that tell how long ago something was, and the one timer that all of them have. @type {Set<DateText>} */
const telling = new Set();
let timer = null;

function tick() {
  clearTimeout(timer);
  if (document.hidden || !telling.size) return; // looked at again when somebody sees it
  const now = Date.now();
  let wait = mostMs;
  for (const each of telling) {
    each.tell(now);
    wait = Math.min(wait, untilNext(each.ms, now));
  }
  timer = setTimeout(tick, Math.max(wait, 1000));
}
document.addEventListener("visibilitychange", tick);

/**
 * <date-text ms="…">: how long ago that was (or until it is), with the exact time as title, and kept true while it is
 * seen. With `day` it is the day.
 */
export class DateText extends HTMLElement {
  static observedAttributes = ["ms", "day"];
  #time = h("time");

  connectedCallback() {
    this.replaceChildren(this.#time);
    this.#show();
  }

  disconnectedCallback() {
    telling.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  /** Milliseconds since 1970, UTC. */
  get ms() {
    return Number(this.getAttribute("ms"));
  }

  /** Says it anew. */
  tell(now) {
    const text = this.hasAttribute("day") ? day(this.ms, locale()) : relative(this.ms, now, locale());
    if (this.#time.textContent !== text) this.#time.textContent = text;
  }

  #show() {
    this.#time.dateTime = new Date(this.ms).toISOString();
    this.#time.title = exact(this.ms, locale());
    this.tell(Date.now());
    if (this.hasAttribute("day")) return void telling.delete(this);
    telling.add(this);
    clearTimeout(timer);
    timer = setTimeout(tick); // one look for all that come at once
  }
}

customElements.define("date-text", DateText);

/** One to put somewhere. @param {number} ms */
export function dateText(ms, properties = {}) {
  return h("date-text", { ms, ...properties });
}
