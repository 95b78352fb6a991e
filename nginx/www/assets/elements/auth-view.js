import { Problem, api } from "../lib/api.js";
import { h, icon, iconButton } from "../lib/dom.js";
import { session } from "../lib/session.js";

/** Shorter passwords are refused by the server as well. */
const shortestPassword = 8;

const words = {
  "sign-in": { title: "Sign in to Atelier", action: "Sign in", other: ["New here? ", "/register", "Create an account"] },
  register: {
    title: "Create an account",
    action: "Create account",
    other: ["Already have one? ", "/sign-in", "Sign in"],
  },
};

/** <auth-view>: sign-in, or registration where the server allows it. */
export class AuthView extends HTMLElement {
  /** @type {"sign-in"|"register"} */
  mode = "sign-in";
  #fields = new Map();
  #fault = h("div", { role: "alert", class: "faults" });
  #submit = null;
  #other = h("p", { class: "other" });
  #first = h("div", { class: "first" });

  connectedCallback() {
    const { title, action } = words[this.mode];
    document.title = title;
    this.dataset.state = "ready";
    this.#submit = h("button", { class: "button button--main" }, action);
    const isNew = this.mode === "register";
    this.replaceChildren(h("main", { class: "card" },
      h("p", { class: "mark", "aria-hidden": "true" }, "A"),
      h("div", {}, h("h1", {}, title), h("p", { class: "about" }, "Atelier is a workbench for many models, on this server.")),
      this.#first,
      h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#send(); } },
        isNew && this.#field("name", "Name", { autocomplete: "name", maxlength: 80 }),
        this.#field(
          "email",
          "Email",
          {
            type: "email",
            autocomplete: isNew ? "email" : "username",
            inputmode: "email",
            spellcheck: "false",
            autocapitalize: "off",
          },
        ),
        this.#password(isNew),
        this.#fault, this.#submit),
      this.#other));
    this.#lookAround();
  }

  focusFirst() {
    this.querySelector("input:not([hidden])")?.focus();
  }

  #field(name, label, attributes, help) {
    const input = h(
      "input",
      {
        class: "input",
        id: `auth-${name}`,
        name,
        required: true,
        dir: "auto",
        ...attributes,
        "aria-describedby": `auth-${name}-help`,
      },
    );
    const fault = h("p", { class: "fault", id: `auth-${name}-help` }, "");
    const note = help && h("p", { class: "help" }, help);
    this.#fields.set(name, { input, fault });
    input.addEventListener("input", () => this.#mark(name, ""));
    return h("div", { class: "field" }, h("label", { for: `auth-${name}` }, label), input, note, fault);
  }

  #password(isNew) {
    const field = this.#field(
      "password",
      "Password",
      { type: "password", autocomplete: isNew ? "new-password" : "current-password" },
      isNew ? `At least ${shortestPassword} characters.` : null,
    );
    const { input } = this.#fields.get("password");
    const toggle = iconButton("eye", "Show password", { "aria-pressed": "false", onclick: () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      toggle.setAttribute("aria-pressed", String(shown));
      toggle.title = shown ? "Hide password" : "Show password";
      toggle.replaceChildren(icon(shown ? "eyeOff" : "eye"));
    } });
    const box = h("div", { class: "input-box" });
    input.replaceWith(box);
    box.append(input, toggle);
    return field;
  }

  /** What this server is, and whether it takes new people. */
  async #lookAround() {
    try {
      const { registration_open: isOpen, new: isNew, packaged } = await api.get("/instance", { anonymous: true });
      if (isNew && this.mode === "sign-in") this.#first.replaceChildren(...whereTheFirstPasswordIs(packaged));
      if (this.mode === "register" && !isOpen) return this.#closed();
      const [question, href, text] = words[this.mode].other;
      if (isOpen || this.mode === "register") this.#other.replaceChildren(question, h("a", { href }, text));
    } catch (problem) {
      if (problem instanceof Problem && problem.isUnreachable) this.#say(problem.message);
    }
  }

  #closed() {
    this.dataset.state = "closed";
    this.querySelector("form").replaceWith(h(
      "p",
      {},
      "This server takes no new accounts. Ask the person who runs it.",
    ));
    this.#other.replaceChildren(h("a", { href: "/sign-in" }, "Sign in"));
  }

  async #send() {
    const values = Object.fromEntries([...this.#fields].map(([name, { input }]) => [
      name,
      name === "password" ? input.value : input.value.trim(),
    ]));
    this.#fault.replaceChildren();
    if (!this.#check(values)) return;
    this.#busy(true);
    try {
      if (this.mode === "register") await session.register(values.email, values.password, values.name);
      else await session.signIn(values.email, values.password);
      window.dispatchEvent(new Event("atelier:signed-in"));
    } catch (problem) {
      this.#explain(problem);
      this.#busy(false);
    }
  }

  #check({ name, email, password }) {
    const faults = {
      name: this.mode === "register" && !name ? "Write your name, as others should see it." : "",
      email: !email ? "Write your email address." : !/^\S+@\S+$/.test(email) ? "This is not a complete email address." : "",
      password: !password ? "Write your password." : this.mode === "register" && [...password].length < shortestPassword ? `Use at least ${shortestPassword} characters.` : "",
    };
    for (const [field, text] of Object.entries(faults)) this.#mark(field, text);
    this.#focusFault();
    return Object.values(faults).every((text) => !text);
  }

  #explain(problem) {
    const { password } = Object.fromEntries(this.#fields);
    switch (problem.code) {
      case "invalid_credentials":
        this.#say("The email address and the password do not belong together. Check both and try again.");
        return void password.input.select();
      case "too_many_attempts":
        return this.#say(`Too many attempts. Wait ${problem.retryAfterS ? waitOf(problem.retryAfterS) : "a few minutes"} and try again.`);
      case "email_taken":
        this.#mark("email", "There is an account with this address. Sign in instead.");
        return this.#focusFault();
      case "registration_closed":
        return this.#closed();
    }
    for (const { field, message } of problem.fields ?? []) if (this.#fields.has(field)) this.#mark(field, message);
    if (!this.#focusFault()) this.#say(problem instanceof Problem ? problem.message : "The page could not send this. Load it again.");
  }

  #mark(name, text) {
    const field = this.#fields.get(name);
    if (!field) return;
    field.fault.textContent = text;
    if (text) field.input.setAttribute("aria-invalid", "true");
    else field.input.removeAttribute("aria-invalid");
  }

  #focusFault() {
    const field = this.querySelector("[aria-invalid=true]");
    field?.focus();
    return field !== null;
  }

  #say(text) {
    this.#fault.replaceChildren(h("div", { class: "notice" }, icon("warn"), h("p", {}, text)));
  }

  #busy(busy) {
    this.#submit.disabled = busy;
    this.dataset.state = busy ? "sending" : "ready";
  }
}

/** Nobody has signed in here yet. */
function whereTheFirstPasswordIs(isPackaged) {
  return [
    h("p", {}, "Nobody has signed in here yet. The first account is ", h("b", {}, "admin@localhost"),
      isPackaged ? "; its password is in a file on the server:" : "; its password was printed where Atelier was started."),
    isPackaged && h("pre", { tabindex: 0, "aria-label": "Command" }, h("code", {}, "sudo cat /etc/atelier/credentials/atelier-admin-password")),
    h("p", { class: "help" }, "ATELIER_ADMIN_EMAIL and ATELIER_ADMIN_PASSWORD say otherwise, where they are set."),
  ].filter(Boolean);
}

function waitOf(seconds) {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}

customElements.define("auth-view", AuthView);
