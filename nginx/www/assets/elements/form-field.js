import { h } from "../lib/dom.js";

const numbers = (() => { let last = 0; return () => (last += 1); })();

const controls = "input, select, textarea";
const groups = "fieldset, [role=radiogroup], [role=group]";

/** Its own words; what a browser says of a value is in the browser's language. */
const words = { optional: "optional", missing: "This is needed." };

/**
 * <form-field label="…" hint="…" fault="…">: a native control, which is the only child, with its label, a hint, and
 * what is wrong with it. A group of radio buttons or boxes is one control, too.
 *
 * The label and the two sentences belong to the control by their ids. A fault is announced, marks the control as
 * invalid, and goes as soon as something else is put in. With `optional` the label says that it may stay empty.
 */
export class FormField extends HTMLElement {
  static observedAttributes = ["label", "hint", "fault"];
  #label = null;
  #hint = h("p", { class: "help", dir: "auto" });
  #fault = h("p", { class: "fault", dir: "auto", "aria-live": "polite" });
  #control = null;

  connectedCallback() {
    if (this.#control) return;
    this.classList.add("field");
    const child = this.firstElementChild;
    // A box around the control, with a button beside it, is no control itself.
    this.#control = child.matches(`${controls}, ${groups}`) ? child : child.querySelector(groups) ?? child.querySelector(controls);
    const isGroup = !this.#control.matches(controls);
    this.#control.id ||= `form-field-${numbers()}`;
    const { id } = this.#control;
    this.#label = isGroup ? h("span", { class: "label", id: `${id}-label` }) : h("label", { for: id });
    if (isGroup) this.#control.setAttribute("aria-labelledby", this.#label.id);
    this.#hint.id = `${id}-hint`;
    this.#fault.id = `${id}-fault`;
    this.prepend(this.#label);
    this.append(this.#hint, this.#fault);
    this.addEventListener("input", () => this.removeAttribute("fault"));
    this.#show();
  }

  attributeChangedCallback() {
    if (this.#control) this.#show();
  }

  /** The control, or the group of them. */
  get control() {
    return this.#control;
  }

  get name() {
    return this.#control.name;
  }

  get fault() {
    return this.getAttribute("fault") ?? "";
  }

  /** What is wrong with the value; nothing is right. */
  set fault(text) {
    if (text) this.setAttribute("fault", text);
    else this.removeAttribute("fault");
  }

  /** Looks at what the control itself demands. @returns {boolean} whether it is met */
  check() {
    const { validity, validationMessage } = this.#control;
    this.fault = validity.valueMissing ? this.getAttribute("missing") ?? words.missing : validationMessage;
    return validity.valid;
  }

  focus() {
    (this.#control.matches(controls) ? this.#control : this.#control.querySelector(controls)).focus();
  }

  #show() {
    this.#label.replaceChildren(this.getAttribute("label") ?? "",
      this.hasAttribute("optional") ? h("span", { class: "help" }, ` ${words.optional}`) : "");
    this.#hint.textContent = this.getAttribute("hint") ?? "";
    this.#hint.hidden = !this.#hint.textContent;
    if (this.#fault.textContent !== this.fault) this.#fault.textContent = this.fault;
    const about = [this.#hint, this.#fault].filter(({ textContent }) => textContent).map(({ id }) => id);
    if (about.length) this.#control.setAttribute("aria-describedby", about.join(" "));
    else this.#control.removeAttribute("aria-describedby");
    if (this.fault) this.#control.setAttribute("aria-invalid", "true");
    else this.#control.removeAttribute("aria-invalid");
  }
}

customElements.define("form-field", FormField);
