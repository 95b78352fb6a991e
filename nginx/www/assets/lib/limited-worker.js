/** Only these become scripts, wherever Trusted Types are required. */
const addresses = {
  highlight: new URL("./highlight-worker.js", import.meta.url).href,
  markdown: new URL("./markdown-worker.js", import.meta.url).href,
};
const policy = globalThis.trustedTypes?.createPolicy("atelier-worker", { createScriptURL: (name) => addresses[name] });

/**
 * Work away from the page, which goes on scrolling: one piece after the other, each with a limit of time.
 *
 * The worker says `"ready"` when it has loaded, and answers each message with one. A piece that takes too long ends
 * the worker; the next piece gets a new one.
 */
export class LimitedWorker {
  #name;
  #worker = null;
  #isReady = false;
  #waiting = [];
  #current = null;

  /** @param {keyof typeof addresses} name */
  constructor(name) {
    this.#name = name;
  }

  /** @returns {Promise<any>} the answer; rejected when there is none within `limitMs` after the piece's turn came */
  run(piece, limitMs) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ piece, limitMs, resolve, reject });
      this.#next();
    });
  }

  #next() {
    if (this.#current || !this.#waiting.length) return;
    this.#worker ??= this.#start();
    if (!this.#isReady) return;
    this.#current = this.#waiting.shift();
    this.#worker.postMessage(this.#current.piece);
    // A page that was busy itself takes an answer that is there already before it looks at the clock again.
    this.#current.timer = setTimeout(
      () => { this.#current.timer = setTimeout(() => this.#stop(), 10); },
      this.#current.limitMs,
    );
  }

  #start() {
    const worker = new Worker(policy ? policy.createScriptURL(this.#name) : addresses[this.#name], { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      if (data === "ready") this.#isReady = true;
      else this.#settle().resolve(data);
      this.#next();
    });
    worker.addEventListener("error", () => {
      if (!this.#isReady) for (const { reject } of this.#waiting.splice(0)) reject(new Error("the worker did not load"));
      this.#stop();
    });
    return worker;
  }

  #settle() {
    const settled = this.#current;
    clearTimeout(settled?.timer);
    this.#current = null;
    return settled;
  }

  #stop() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    this.#settle()?.reject(new Error("it took too long"));
    this.#next();
  }
}
