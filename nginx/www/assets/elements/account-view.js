import { api, at } from "../lib/api.js";
import { announce, h, icon, styles, textButton } from "../lib/dom.js";
import { applyTheme, memory } from "../lib/memory.js";
import { session } from "../lib/session.js";
import { ask } from "./ask-dialog.js";
import { dateText } from "./date-text.js";
import "./form-field.js";

await styles(new URL("./account-view.css", import.meta.url));

/** As many sessions as are shown before the person asks for all. */
const fewSessions = 5;

/** <account-view>: name, theme, password, where one is signed in, and the ways out. */
export class AccountView extends HTMLElement {
  #sessions = h("div", { class: "sessions" });

  connectedCallback() {
    document.title = "Account · Atelier";
    const { user } = session;
    const title = h("h1", { tabindex: -1 }, "Account");
    this.replaceChildren(h("div", { class: "page" },
      h(
        "header",
        {},
        title,
        h(
          "p",
          {},
          h("bdi", {}, user.email),
          user.role === "admin" && h("span", { class: "role" }, "admin"),
          " · since ",
          dateText(user.created_ms, { day: true }),
        ),
      ),
      section("name", "Name", nameForm()),
      section("theme", "Theme", themeChoice()),
      section("password", "Password", passwordForm(() => this.#showSessions())),
      section("sessions", "Signed in", this.#sessions),
      section("leave", "Leave", leaving())));
    this.#showSessions();
    title.focus({ preventScroll: true });
  }

  async #showSessions() {
    this.#sessions.dataset.state = "loading";
    this.#sessions.replaceChildren(h("div", { class: "skeleton" }, h("i"), h("i")));
    try {
      const { items } = await api.get("/users/me/sessions");
      this.#sessions.dataset.state = "ready";
      const rows = items.sort((a, b) => b.current - a.current || b.last_used_ms - a.last_used_ms).map((item) => this.#session(item));
      const rest = rows.slice(fewSessions);
      this.#sessions.replaceChildren(
        h("ul", {}, rows.slice(0, fewSessions)),
        ...[rest.length && h("details", {}, h("summary", {}, `${rest.length} more`), h("ul", {}, rest)),
          rows.length > 1 && this.#leavingElsewhere()].filter(Boolean),
      );
    } catch (problem) {
      this.#sessions.dataset.state = "error";
      this.#sessions.replaceChildren(h("div", { class: "notice" }, icon("warn"), h("p", {}, problem.message),
        h("div", { class: "actions" }, textButton("Try again", () => this.#showSessions()))));
    }
  }

  #leavingElsewhere() {
    const outcome = h("p", { class: "fault", role: "alert" });
    const button = textButton("Sign out everywhere else", async () => {
      button.disabled = true;
      try {
        const { ended } = await api.delete("/users/me/sessions");
        announce(ended === 1 ? "Signed out there." : `Signed out in ${ended} places.`);
        await this.#showSessions();
        this.querySelector("h1").focus({ preventScroll: true });
      } catch (problem) {
        button.disabled = false;
        outcome.textContent = problem.message;
      }
    });
    return h("div", { class: "row" }, button, outcome);
  }

  #session(item) {
    const name = browserOf(item.user_agent);
    const end = async ({ currentTarget: button }) => {
      button.disabled = true;
      try {
        await api.delete(at`/users/me/sessions/${item.id}`);
        announce("Signed out there.");
        this.#showSessions();
      } catch (problem) {
        button.disabled = false;
        button.before(h("p", { class: "fault", role: "alert" }, problem.message));
      }
    };
    return h("li", { "data-session-id": item.id },
      h(
        "div",
        {},
        h("b", { dir: "auto" }, name),
        h(
          "p",
          {},
          item.address,
          item.address && !item.current && " · ",
          !item.current && ["used ", dateText(item.last_used_ms)],
        ),
      ),
      item.current ? h("span", { class: "here" }, "This browser") : h(
        "button",
        { type: "button", class: "button", "aria-label": `Sign out ${name}`, onclick: end },
        "Sign out",
      ));
  }
}

function section(id, title, content) {
  return h("section", { "aria-labelledby": `account-${id}` }, h("h2", { id: `account-${id}` }, title), content);
}

/** A form that says how it went: at a field what is wrong with that, all else below. `run` returns what to say. */
function form(fields, action, run) {
  const outcome = h("p", { class: "outcome", role: "status" });
  const submit = h("button", { class: "button" }, action);
  return h("form", { onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    outcome.textContent = "";
    try {
      outcome.textContent = await run(event.target);
      outcome.dataset.state = "done";
    } catch (problem) {
      const faulty = mark([...event.target.querySelectorAll("form-field")], problem.fields ?? []);
      faulty?.focus();
      outcome.textContent = faulty ? "" : problem.message;
      outcome.dataset.state = "error";
    }
    submit.disabled = false;
  } }, fields, h("div", { class: "row" }, submit, outcome));
}

function field(name, label, attributes) {
  return h("form-field", { label }, h("input", { class: "input", name, required: true, dir: "auto", ...attributes }));
}

/** Tells the fields what the server says of them. @returns the first that is faulty */
function mark(fields, faults) {
  for (const each of fields) each.fault = faults.find(({ field: name }) => name === each.name)?.message;
  return fields.find(({ fault }) => fault);
}

function nameForm() {
  return form([field(
    "name",
    "Your name",
    { value: session.user.name, autocomplete: "name", maxlength: 80 },
  )], "Save", async ({ elements }) => {
    session.user = await api.patch("/users/me", { name: elements.name.value.trim() });
    return "Saved.";
  });
}

function passwordForm(changed) {
  const fields = [
    h("input", { type: "text", name: "username", autocomplete: "username", value: session.user.email, hidden: true }),
    field("current_password", "Current password", { type: "password", autocomplete: "current-password" }),
    field("new_password", "New password", { type: "password", autocomplete: "new-password", minlength: 8 }),
  ];
  return form(fields, "Change password", async (element) => {
    const { current_password: current, new_password: next } = element.elements;
    await api.post("/users/me/password", { current_password: current.value, new_password: next.value });
    element.reset();
    changed();
    return "Changed.";
  });
}

function themeChoice() {
  const kept = memory.get("theme") ?? "system";
  return h("div", { class: "themes", role: "radiogroup", "aria-labelledby": "account-theme", onchange: ({ target }) => {
    memory.set("theme", target.value === "system" ? null : target.value);
    applyTheme();
  } }, ["system", "light", "dark"].map((theme) => h(
    "label",
    {},
    h("input", { type: "radio", name: "theme", value: theme, checked: theme === kept }),
    h("span", {}, theme[0].toUpperCase() + theme.slice(1)),
  )));
}

function leaving() {
  const outcome = h("p", { class: "outcome", role: "alert", "data-state": "error" });
  const signOut = async () => {
    try {
      const remark = await session.signOut();
      window.dispatchEvent(new CustomEvent("atelier:signed-out", { detail: remark }));
    } catch (problem) {
      outcome.textContent = problem.message;
    }
  };
  const remove = async () => {
    const done = await ask({
      title: "Delete your account?", text: "Your conversations, and everything else that is yours here, will be gone for good.", action: "Delete account", danger: true,
      input: { label: "Your password", type: "password", autocomplete: "current-password" },
      run: (password) => session.deleteAccount(password),
    });
    if (done) window.dispatchEvent(new Event("atelier:signed-out"));
  };
  return h("div", {}, h("div", { class: "row" },
    h("button", { type: "button", class: "button", onclick: signOut }, icon("out"), "Sign out"),
    h(
      "button",
      { type: "button", class: "button button--quiet-danger", onclick: remove },
      icon("trash"),
      "Delete account",
    )), outcome);
}

/** "Firefox on Linux", from what a browser says of itself. */
function browserOf(userAgent) {
  const agent = userAgent ?? "";
  const browser = [["Firefox", /Firefox\//], ["Edge", /Edg\//], ["Opera", /OPR\//], ["Chrome", /Chrom(e|ium)\//], ["Safari", /Safari\//], ["curl", /^curl/]].find(([, pattern]) => pattern.test(agent))?.[0];
  const system = [["Android", /Android/], ["iPhone", /iPhone/], ["iPad", /iPad/], ["Windows", /Windows/], ["Mac", /Mac OS X/], ["Linux", /Linux/]].find(([, pattern]) => pattern.test(agent))?.[0];
  if (!browser) return agent.slice(0, 60) || "Unknown client";
  return system ? `${browser} on ${system}` : browser;
}

customElements.define("account-view", AccountView);
