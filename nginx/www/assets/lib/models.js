/** The models this person may use, asked once and shared. Fires `change` when they are here. */
import { api } from "./api.js";
import { memory } from "./memory.js";

class Models extends EventTarget {
  items = [];
  providers = [];
  defaultModel = null;
  /** @type {"loading"|"ready"|"failed"} */
  state = "loading";
  #asked = null;

  /** Asks the server, once; again after a failure or with `fresh`. */
  load({ fresh = false } = {}) {
    if (fresh || this.state === "failed") this.#asked = null;
    return this.#asked ??= this.#ask();
  }

  async #ask() {
    try {
      const { items, providers, default_model } = await api.get("/models");
      Object.assign(this, { items, providers: providers ?? [], defaultModel: default_model, state: "ready" });
    } catch {
      this.state = "failed";
    }
    this.dispatchEvent(new Event("change"));
  }

  find(id) {
    return this.items.find((model) => model.id === id) ?? null;
  }

  /** The name to show; an id still tells something when the model is gone. */
  nameOf(id) {
    return this.find(id)?.name ?? id;
  }

  /** The model to begin with: the one asked for, else the one used last, else the server's choice. */
  choose(wanted) {
    const known = [wanted, memory.get("model"), this.defaultModel, this.items[0]?.id];
    return known.find((id) => id && this.find(id)) ?? null;
  }

  /** No provider but the demo: somebody should put in a key. */
  get isDemoOnly() {
    return this.state === "ready" && this.providers.every((provider) => provider.demo);
  }

  forget() {
    Object.assign(this, { items: [], providers: [], defaultModel: null, state: "loading" });
    this.#asked = null;
  }
}

export const models = new Models();
