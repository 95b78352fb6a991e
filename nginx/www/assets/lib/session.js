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

  async signOut() {
    await api.post("/auth/logout", {}, { anonymous: true });
    this.end();
  },

  enter(user) {
    // A session may end without a sign-out; its drafts are then only for the same person.
    if (memory.get("owner") !== user.id) forgetWords();
    this.user = user;
    memory.set("known", user.id);
    memory.set("owner", user.id);
  },

  leave() {
    this.user = null;
    memory.set("known", null);
  },

  /** For good: the next person at this computer reads nobody's drafts. */
  end() {
    this.leave();
    forgetWords();
  },
};

/** What a person has written here and the server does not have. */
function forgetWords() {
  memory.forget("draft.");
  memory.forget(queues.start);
}
