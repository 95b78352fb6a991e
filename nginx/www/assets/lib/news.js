/**
 * News: that what this page shows may be out of date.
 *
 * Fires `wake` when the page comes back into sight, out of the browser's cache or onto the network, and `changed`
 * with the id of a conversation that another tab has changed. The tabs tell one another ids and nothing else.
 */
class News extends EventTarget {
  #channel = null;

  constructor() {
    super();
    if (!globalThis.document) return; // a test without a browser; an open channel would never let it end
    this.#listen();
    window.addEventListener("online", () => this.#wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
    // An open channel may keep a page out of the browser's cache, from which going back is instant.
    window.addEventListener("pagehide", () => this.#channel.close());
    window.addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      this.#listen();
      this.#wake();
    });
  }

  /** Tells the other tabs that a conversation is not as it was. */
  tell(conversationId) {
    this.#channel?.postMessage(conversationId);
  }

  #listen() {
    this.#channel = new BroadcastChannel("atelier.changed");
    this.#channel.addEventListener("message", ({ data }) => this.dispatchEvent(new CustomEvent("changed", { detail: data })));
  }

  #wake() {
    this.dispatchEvent(new Event("wake"));
  }
}

export const news = new News();
