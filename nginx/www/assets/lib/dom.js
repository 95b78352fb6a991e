/** Building DOM from data: everything enters as text or attributes, nothing is parsed. */

/**
 * Makes an element.
 * A property whose name starts with `on` is a listener; `true` sets an empty attribute; null, undefined and
 * false leave the attribute out; `value` is set as a property because the attribute is only its default.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node|string|number|null|false|undefined|Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The icons: 24 × 24, stroked. */
const shapes = {
  chat: "M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 4v-4H6a2 2 0 0 1-2-2z",
  search: "M17 11a6 6 0 1 1-12 0 6 6 0 0 1 12 0zM20 20l-4.500-4.500",
  plus: "M12 5v14M5 12h14",
  down: "m6 9 6 6 6-6",
  up: "m6 15 6-6 6 6",
  left: "m14 6-6 6 6 6",
  right: "m10 6 6 6-6 6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  list: "M4 6h16M4 12h16M4 18h10",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M10 8h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM5 15V6a1 1 0 0 1 1-1h9",
  check: "m5 12.500 4.500 4.500L19 7.500",
  again: "M19 12a7 7 0 1 1-2-5M19 4v4h-4",
  onward: "M5 6l7 6-7 6zM13 6l7 6-7 6z",
  swap: "M7 4 4 7l3 3M4 7h13a3 3 0 0 1 3 3M17 20l3-3-3-3M20 17H7a3 3 0 0 1-3-3",
  pen: "m4 20 1-4L16.500 4.500a2 2 0 0 1 3 3L8 19zM14 7l3 3",
  trash: "M5 7h14M10 7V5a1 1 0 0 1 1-1h2a1 1 0 0 1 1 1v2M7 7l1 12a1 1 0 0 0 1 1h6a1 1 0 0 0 1-1l1-12",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M9.500 8h5A1.500 1.500 0 0 1 16 9.500v5a1.500 1.500 0 0 1-1.500 1.500h-5A1.500 1.500 0 0 1 8 14.500v-5A1.500 1.500 0 0 1 9.500 8z",
  star: "m12 4 2.400 5 5.600.7-4.100 3.900 1 5.400-4.900-2.700L7.100 19l1-5.400L4 9.700 9.600 9z",
  eye: "M3 12s3.300-6 9-6 9 6 9 6-3.300 6-9 6-9-6-9-6zM14.500 12a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  eyeOff: "m4 4 16 16M9.900 6.300A9 9 0 0 1 12 6c5.700 0 9 6 9 6a16 16 0 0 1-2.700 3.400M14 14a2.500 2.500 0 0 1-3.800-3.300M6.500 7.700A15 15 0 0 0 3 12s3.300 6 9 6c1.500 0 2.800-.4 4-1",
  warn: "M12 9v4M12 16.500h.01M10.300 4.800 3.200 17a2 2 0 0 0 1.700 3h14.200a2 2 0 0 0 1.700-3L13.700 4.800a2 2 0 0 0-3.400 0z",
  offline: "m4 4 16 16M8.500 15.500a5 5 0 0 1 6-.8M5 12a10 10 0 0 1 4-2.400M12 19h.01M13 9a10 10 0 0 1 6 3M2.500 8.500A15 15 0 0 1 6.500 6M10 5a15 15 0 0 1 11.500 3.500",
  key: "M14.500 9.500a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM13.500 12.500 20 19M17 16l-2 2",
  text: "M5 7V5h14v2M12 5v14M9 19h6",
  image: "M6.500 4h11A2.500 2.500 0 0 1 20 6.500v11a2.500 2.500 0 0 1-2.500 2.500h-11A2.500 2.500 0 0 1 4 17.500v-11A2.500 2.500 0 0 1 6.500 4zM4 17l5-4.500 4 3.500 3-2.500 4 3.500M10.600 9.500a1.600 1.600 0 1 1-3.200 0 1.600 1.600 0 0 1 3.200 0z",
  file: "M7 4h7l4 4v11a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM14 4v4h4",
  audio: "M5 10v4M9 7v10M13 4v16M17 8v8M20 11v2",
  video: "M6 6h7a2.500 2.500 0 0 1 2.500 2.500v7A2.500 2.500 0 0 1 13 18H6a2.500 2.500 0 0 1-2.500-2.500v-7A2.500 2.500 0 0 1 6 6zM15.500 10.500l5-3v9l-5-3z",
  person: "M15.500 8.500a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0zM5 20c.6-3.500 3.400-5.500 7-5.500s6.400 2 7 5.500",
  theme: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  out: "M14 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h7M11 12h9M17 9l3 3-3 3",
  keyboard: "M5 7h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM7 11h.01M11 11h.01M15 11h.01M8 15h8",
};

/**
 * An icon that assistive technology passes over; the label belongs to the control around it.
 * @param {keyof typeof shapes} name
 */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", shapes[name]);
  if (name === "stop") path.setAttribute("fill", "currentColor");
  if (name === "more") path.setAttribute("stroke-width", "2.6");
  svg.append(path);
  return svg;
}

/** A button with words on it. @param {() => void} run */
export function textButton(text, run, properties = {}) {
  return h("button", { type: "button", class: "button", onclick: run, ...properties }, text);
}

/** A square button that shows only an icon. */
export function iconButton(name, label, properties = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...properties },
    icon(name),
  );
}

/** Whether a field that takes the focus brings no keyboard over half of the screen. */
export const finePointer = globalThis.window?.matchMedia("(pointer: fine)");

/** A place with nothing in it, or one that could not be shown. `steps` are buttons and links. */
export function emptyState({ tag = "div", mark, heading, level = 2, text, ...properties }, ...steps) {
  return h(tag, { class: "blank", ...properties }, mark && icon(mark), heading && h(`h${level}`, { tabindex: -1, dir: "auto" }, heading),
    text && h("p", { dir: "auto" }, text), steps.some(Boolean) && h("div", { class: "actions" }, steps));
}

/** Loads a stylesheet once; settles when it applies, also when it failed (the page stays usable without it). */
export function styles(url) {
  const href = String(url);
  const present = document.querySelector(`link[rel=stylesheet][href="${CSS.escape(href)}"]`);
  if (present) return present.arrived ?? Promise.resolve();
  const link = h("link", { rel: "stylesheet", href });
  link.arrived = new Promise((resolve) => {
    link.addEventListener("load", resolve, { once: true });
    link.addEventListener("error", resolve, { once: true });
  });
  document.head.append(link);
  return link.arrived;
}

/** Asks the router for another place; `state` is what its entry of the browser's history holds. */
export function go(path, { replace = false, state = null } = {}) {
  window.dispatchEvent(new CustomEvent("atelier:go", { detail: { path, replace, state } }));
}

/**
 * What the router asks before it moves; `overlays` answers once something lies over the page.
 * `takesBack`: whether a step back (or forward) only closed something. `makesWay`: closes everything, and tells
 * whether the new place should take the step that it had in the history.
 */
export const overPage = { takesBack: () => false, makesWay: () => false };

/** The dialog on top, or the page. */
export const topmost = () => [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;

const announcers = {};

/** Says something to a screen reader without moving the focus; what is urgent breaks in on other words. */
export function announce(text, { isUrgent = false } = {}) {
  const [role, name] = isUrgent ? ["alert", "alarm"] : ["status", "announcer"];
  const announcer = announcers[role] ??= h("div", { class: "unseen", role, "data-role": name });
  // Nothing is heard of what lies below a dialog.
  if (announcer.parentNode !== topmost()) topmost().append(announcer);
  announcer.textContent = "";
  requestAnimationFrame(() => { announcer.textContent = text; }); // the same words twice are said twice
}

/**
 * Whether an input method takes a key: Enter then chooses a word, Esc gives it up. Safari tells of the key that ends
 * a composition after it, by the key code alone.
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

let ahead = null;

/**
 * Loads the code of something to write in. What is typed meanwhile belongs to it: a field that is not seen takes it,
 * and `typedAhead` gives it to the one that comes.
 * @param {() => Promise<T>} load @param {(module: T) => R} open
 * @returns {Promise<R|null>} null when it was given up, with Esc
 */
export async function loadToWrite(load, open) {
  if (ahead) return null;
  const field = h("input", { class: "unseen ahead", "aria-label": "Loading", autocomplete: "off" });
  const mine = ahead = { field, before: document.activeElement };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation(); // no other key means anything now
    if (!["Escape", "Enter", "Tab"].includes(event.key) || isComposing(event)) return;
    event.preventDefault();
    if (event.key === "Escape") typedAhead();
  });
  document.body.append(field);
  if (finePointer.matches) field.focus({ preventScroll: true });
  try {
    const module = await load();
    return ahead === mine ? await open(module) : null;
  } finally {
    if (ahead === mine) typedAhead();
  }
}

/** What has been typed since `loadToWrite`; the focus is back where it was. */
export function typedAhead() {
  if (!ahead) return "";
  const { field, before } = ahead;
  ahead = null;
  const isHere = document.activeElement === field;
  field.remove();
  if (isHere) before.focus({ preventScroll: true });
  return field.value;
}

/** A menu below its button: arrow keys move, Esc and a click outside close, focus goes back to the button. */
export function openMenu(button, label, entries) {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" },
    entries.map(({ text, icon: name, danger, run }) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          tabindex: -1,
          class: danger ? "danger" : null,
          onclick: () => { menu.hidePopover(); run(); },
        },
        icon(name),
        text,
      )));
  const items = [...menu.children];
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Tab") menu.hidePopover();
    if (!step) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    if (menu.contains(document.activeElement) || document.activeElement === document.body) button.focus();
    button.setAttribute("aria-expanded", "false");
    menu.remove();
  });
  button.after(menu);
  menu.showPopover();
  placeMenu(menu, button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  items[0].focus();
}

function placeMenu(menu, anchor) {
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + 4;
  menu.style.left = `${Math.max(8, Math.min(anchor.left, innerWidth - width - 8))}px`;
  menu.style.top = `${below + height > innerHeight - 8 ? Math.max(8, anchor.top - height - 4) : below}px`;
}
