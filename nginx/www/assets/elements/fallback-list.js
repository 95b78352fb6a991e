import { h, iconButton, textButton } from "../lib/dom.js";
import { models } from "../lib/models.js";

/** As many as the server takes. */
const limit = 5;

/**
 * The models that are asked one after the other when the chosen one fails.
 * @param {{ids: string[], choose: (taken: string[]) => Promise<string|null>, changed: (ids: string[]) => void}} options
 *   `choose` lets the person take a model that is not among `taken`
 */
export function fallbackList({ ids, choose, changed }) {
  const list = h("ol");
  const said = h("p", { class: "unseen", role: "status" });
  const add = textButton("Add a model", async () => {
    const id = await choose(ids);
    if (id) change([...ids, id], `${models.nameOf(id)} is tried ${ordinal(ids.length)}.`);
    (add.hidden ? list.querySelector("li:last-child [data-action=remove]") : add).focus();
  });

  const change = (next, words) => {
    ids = next;
    said.textContent = words;
    changed(ids);
    render();
  };
  const move = (id, by) => {
    const at = ids.indexOf(id) + by;
    change(ids.filter((other) => other !== id).toSpliced(at, 0, id), `${models.nameOf(id)} is tried ${ordinal(at)}.`);
    const row = list.children[at];
    (row.querySelector(`[data-action=${by < 0 ? "earlier" : "later"}]:enabled`) ?? row.querySelector("button:enabled")).focus();
  };
  const remove = (id) => {
    change(ids.filter((other) => other !== id), `${models.nameOf(id)} is not tried.`);
    add.focus();
  };
  const row = (id, at) => {
    const name = models.nameOf(id);
    return h("li", {}, h("span", { class: "name", dir: "auto" }, name),
      iconButton("up", `Try ${name} earlier`, { "data-action": "earlier", disabled: at === 0, onclick: () => move(id, -1) }),
      iconButton("down", `Try ${name} later`, { "data-action": "later", disabled: at === ids.length - 1, onclick: () => move(id, 1) }),
      iconButton("close", `Do not try ${name}`, { "data-action": "remove", onclick: () => remove(id) }));
  };
  const render = () => {
    list.replaceChildren(...ids.map(row));
    add.hidden = ids.length >= limit;
  };
  render();
  return h("section", { class: "fallbacks", "aria-label": "If it fails, try" },
    h("div", { class: "what" }, h("h3", {}, "If it fails, try"), add), list, said);
}

const ordinal = (at) => ["first", "second", "third", "fourth", "fifth"][at];
