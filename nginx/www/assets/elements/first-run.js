import { api } from "../lib/api.js";
import { h, icon, iconButton, styles } from "../lib/dom.js";
import { openDialog } from "../lib/overlays.js";

await styles(new URL("./first-run.css", import.meta.url));

/** Where keys are, by how the server was installed: what to do, and what to type. */
const places = {
  packaged: [
    ["A key for OpenRouter, which has most models, is a file on the server:",
      "sudo install -m 600 /dev/stdin /etc/atelier/credentials/openrouter-api-key"],
    ["Paste the key, then Enter and Ctrl D. Any other server, such as Ollama or vLLM, is a line of /etc/atelier/atelier.env; its key is the file atelier-provider-key beside the other one:",
      "ATELIER_PROVIDER_URL=http://localhost:11434/v1"],
    ["Then, without anybody noticing:", "sudo /usr/lib/atelier/roll"],
  ],
  local: [
    ["Stop Atelier with Ctrl C, and start it again with a key for OpenRouter, which has most models:",
      "OPENROUTER_API_KEY=sk-or-… nginx/serve"],
    ["Or with any other server, such as Ollama or vLLM; ATELIER_PROVIDER_KEY is its key:",
      "ATELIER_PROVIDER_URL=http://localhost:11434/v1 nginx/serve"],
  ],
};

async function steps() {
  const { packaged } = await api.get("/instance", { anonymous: true });
  return (packaged ? places.packaged : places.local).map(([what, command]) => h("li", {},
    h("p", {}, what), h("pre", { tabindex: 0, "aria-label": "Command" }, h("code", {}, command))));
}

/** <first-run>: tells the administrator where the first key goes. */
export class FirstRun extends HTMLElement {
  async connectedCallback() {
    const list = h("ol", { class: "steps" });
    this.replaceChildren(h("section", { "data-role": "first-run", "aria-label": "Connect a provider" }, icon("key"),
      h("div", {}, h("h3", {}, "Connect a provider"),
        h("p", {}, "The demo model answers meanwhile, without a key and without a network."), list)));
    list.replaceChildren(...await steps().catch((problem) => [h("li", {}, problem.message)]));
  }
}
customElements.define("first-run", FirstRun);

/** The same, for when a key that is there is not taken. @param {string} provider its name */
export async function showKeyPlaces(provider) {
  const dialog = h("dialog", { class: "dialog key-places", "aria-labelledby": "keys-are" },
    h("header", {}, h("h2", { id: "keys-are" }, "Where keys are"),
      iconButton("close", "Close", { onclick: () => dialog.close() })),
    provider && h("p", {}, "It is the key of ", h("b", { dir: "auto" }, provider), " that is not taken."),
    h("ol", { class: "steps" }, await steps()));
  await openDialog(dialog);
}
