/** Who is signed in. The tokens are cookies that scripts cannot read; this only knows the person. */
import { api } from "./api.js";
import { memory, queues } from "./memory.js";

export const session = {
  /** @type {{id: string, email: string, name: string, role: "user"|"admin", created_ms: number}|null} */
  user: null,

  /** Somebody signed in here before and did not sign out, so asking for their data at once is worth it. */
  get isLikely() {
    return memory.get("known") !== null;
  },

  async load() {
    // Where nobody was signed in there is nothing to renew: that request would only be refused too.
    this.enter(await api.get("/users/me", { isRenewable: this.isLikely }));
  },

  async signIn(email, password) {
    this.enter((await api.post("/auth/login", { email, password }, { anonymous: true })).user);
  },

  async register(email, password, name) {
    this.enter((await api.post("/auth/register", { email, password, name }, { anonymous: true })).user);
  },

  /** @returns {Promise<string|null>} what the person has to know, when the server could not store it */
  async signOut() {
    // Good without a session too: an access token that has expired is enough.
    const ask = () => api.post("/auth/logout", {}, { isRenewable: false });
    let remark = null;
    try {
      // Once more when no answer came back: it may have been done.
      await ask().catch((problem) => problem.isUnreachable ? ask() : Promise.reject(problem));
    } catch (problem) {
      // The browser has no cookies any more.
      if (problem.code !== "session_not_ended") throw problem;
      remark = problem.message;
    }
    this.end();
    return remark;
  },

  /** Gone with the account: nobody is signed in any more. */
  async deleteAccount(password) {
    await api.delete("/users/me", { password });
    this.end();
  },

  enter(user) {
    // A session may end without a sign-out; its drafts are then only for the same person.
    if (memory.get("owner") !== user.id) forgetWords();
    this.user = user;
    api.owner = user.id;
    memory.set("owner", user.id);
    memory.set("known", user.id);
  },

  leave() {
    this.user = null;
    api.owner = null;
    memory.set("known", null);
  },

  /** For good: the next person at this computer reads nobody's drafts. */
  end() {
    forgetWords();
    memory.set("owner", null);
    this.leave();
  },

  /**
   * Looks whether this page is still that of the person who is signed in; the tabs of a browser share cookies.
   *
   * Fires `atelier:signed-out` after a sign-out in another tab, `atelier:session-lost` when a session has ended
   * there, `atelier:other-person` when somebody else has signed in.
   */
  compare() {
    if (!this.user || memory.get("known") === this.user.id) return;
    const isKnown = memory.get("known") !== null;
    const event = isKnown ? "other-person" : memory.get("owner") === null ? "signed-out" : "session-lost";
    window.dispatchEvent(new Event(`atelier:${event}`));
  },
};

if (globalThis.document) {
  memory.watch("known", () => session.compare());
  // A page out of the browser's cache has missed what happened meanwhile.
  window.addEventListener("pageshow", ({ persisted }) => persisted && session.compare());
}

/** What a person has written here and the server does not have. */
function forgetWords() {
  memory.forget("draft.");
  memory.forget(queues.start);
  memory.set("deleted", null);
}
