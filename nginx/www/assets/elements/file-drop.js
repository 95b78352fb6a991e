import { sift, sizeText } from "../lib/chosen-files.js";
import { h, icon, styles, textButton, topmost } from "../lib/dom.js";
import { locale } from "../lib/locale.js";

await styles(new URL("./file-drop.css", import.meta.url));

/** Its own words; `drop.words` replaces some or all. */
const english = {
  choose: (isSeveral) => (isSeveral ? "Choose files" : "Choose a file"),
  or: "or drop or paste here",
  upTo: (size) => `up to ${size}`,
  each: (size) => `up to ${size} each`,
  atATime: (most) => `${most} at a time`,
  refused: (name, why) => `“${name}” was not taken. ${why}`,
  others: (count) => `${count} more were not taken.`,
  type: (kinds) => `Only these can be taken: ${kinds}.`,
  size: (size) => `A file may have ${size}.`,
  empty: "It is empty.",
  number: (most) => (most > 1 ? `${most} files can be taken at a time.` : "One file can be taken at a time."),
};

/** As many refusals are told one by one. */
const mostTold = 3;

/**
 * <file-drop label="…" accept=".csv,image/*" kinds="CSV and pictures" limit="1000000" most="4">: files come by choosing,
 * dropping, or pasting while nothing is written in. What can be taken, by kind, bytes and number, is said before; what
 * cannot is told, by name. Fires `file-drop` with the files that can. `most` is 1 unless said.
 */
export class FileDrop extends HTMLElement {
  words = english;
  #input = h("input", { type: "file", hidden: true, tabindex: -1, "aria-hidden": "true" });
  #faults = h("div", { class: "faults", role: "alert" });
  #listening = null;
  /** Elements that a file is dragged over: leaving one may be entering the next. */
  #over = 0;

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
    this.#listening = new AbortController();
    document.addEventListener("paste", (event) => this.#paste(event), { signal: this.#listening.signal });
  }

  disconnectedCallback() {
    this.#listening.abort();
  }

  get #rules() {
    const limit = Number(this.getAttribute("limit"));
    return { accept: this.getAttribute("accept") ?? "", limitBytes: limit > 0 ? limit : Infinity, most: Number(this.getAttribute("most")) || 1 };
  }

  get #kinds() {
    return this.getAttribute("kinds") ?? this.#rules.accept;
  }

  #build() {
    this.words = { ...english, ...this.words };
    const { accept, limitBytes, most } = this.#rules;
    const size = sizeText(limitBytes, locale());
    const bounds = [this.#kinds, limitBytes < Infinity && this.words[most > 1 ? "each" : "upTo"](size), most > 1 && this.words.atATime(most)];
    this.#input.accept = accept;
    this.#input.multiple = most > 1;
    this.#input.addEventListener("change", () => {
      this.#take([...this.#input.files]);
      this.#input.value = ""; // the same file again is a change
    });
    const told = h("p", { class: "help", id: `file-drop-${crypto.randomUUID().slice(0, 8)}`, dir: "auto" }, bounds.filter(Boolean).join(" · "));
    const button = textButton(this.words.choose(most > 1), () => this.#input.click(), { "aria-describedby": told.id });
    this.append(h("div", { class: "place", role: "group", "aria-label": this.getAttribute("label") ?? "" },
      icon("file"), h("p", {}, button, h("span", {}, this.words.or)), told, this.#input), this.#faults);
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) this.addEventListener(name, (event) => this.#drag(event));
  }

  #drag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation(); // the page has another place for what is dropped beside
    event.dataTransfer.dropEffect = "copy";
    this.#over += { dragenter: 1, dragleave: -1 }[event.type] ?? 0;
    if (event.type === "drop") {
      this.#over = 0;
      this.#take([...event.dataTransfer.files]);
    }
    this.toggleAttribute("data-over", this.#over > 0);
  }

  #paste(event) {
    const files = [...event.clipboardData.files];
    const isWriting = event.target.closest?.("input, textarea, [contenteditable]");
    if (!files.length || event.defaultPrevented || isWriting || !this.checkVisibility() || !topmost().contains(this)) return;
    event.preventDefault();
    this.#take(files);
  }

  #take(files) {
    const { taken, refused } = sift(files, this.#rules);
    this.#faults.replaceChildren(...this.#told(refused).map((text) => h("p", { class: "fault", dir: "auto" }, text)));
    if (taken.length) this.dispatchEvent(new CustomEvent("file-drop", { bubbles: true, detail: taken }));
  }

  #told(refused) {
    const { limitBytes, most } = this.#rules;
    const reasons = {
      type: () => this.words.type(this.#kinds), size: () => this.words.size(sizeText(limitBytes, locale())),
      empty: () => this.words.empty, number: () => this.words.number(most),
    };
    const told = refused.slice(0, mostTold).map(({ file, why }) => this.words.refused(file.name, reasons[why]()));
    return refused.length > mostTold ? [...told, this.words.others(refused.length - mostTold)] : told;
  }
}

customElements.define("file-drop", FileDrop);
