/**
 * The actions under messages, by keys: Tab comes to those of one message only, the one used last or else the newest;
 * left and right go among them, up and down to those of another message.
 */
export class MessageWalk {
  #current = null;

  /** @param {HTMLElement} column holds the `chat-message` elements */
  constructor(column) {
    column.addEventListener("focusin", ({ target }) => {
      const message = target.closest("chat-message");
      if (message) this.#enter(message, target);
    });
    column.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Other messages are shown. @param {HTMLElement|undefined} newest */
  renew(newest) {
    if (!this.#current?.isConnected || this.#current === this.newest) this.#enter(newest);
    this.newest = newest;
  }

  #enter(message, target) {
    if (this.#current !== message) this.#current?.rove(null);
    this.#current = message ?? null;
    message?.rove(target);
  }

  #key(event) {
    if (!event.target.closest(".meta") || event.altKey || event.ctrlKey || event.shiftKey || event.metaKey) return;
    const message = event.target.closest("chat-message");
    const at = message.actions.indexOf(event.target);
    const to = {
      ArrowLeft: () => message.actions[at - 1],
      ArrowRight: () => message.actions[at + 1],
      ArrowUp: () => neighbour(message, "previousElementSibling")?.actions[0],
      ArrowDown: () => neighbour(message, "nextElementSibling")?.actions[0],
    }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    to.focus();
  }
}

/** The next message in a direction that anything can be done with. */
function neighbour(message, direction) {
  let next = message[direction];
  while (next && !next.actions.length) next = next[direction];
  return next;
}
