/**
 * What lies over the page, a dialog or the list on a phone, is a step of the browser's history: Back closes it
 * before it leaves anything.
 */
import { overPage } from "./dom.js";

/** From the lowest to the topmost. @type {{id: string, path: string, close: () => void}[]} */
const layers = [];

/** Settle when the step of a layer that was closed by other means is gone. @type {(() => void)[]} */
const leaving = [];

/**
 * Notes that something lies over the page now.
 * @param {() => void} close what Back does
 * @returns {() => Promise<void>} to be called when it is closed, by whatever means; settles when its step is gone
 */
export function cover(close) {
  const layer = { id: crypto.randomUUID(), path: location.pathname, close };
  layers.push(layer);
  history.pushState({ layer: layer.id }, "");
  return async () => {
    if (!layers.includes(layer)) return; // Back, or another place, has taken its step
    layers.splice(layers.indexOf(layer), 1);
    if (history.state?.layer !== layer.id) return;
    await new Promise((resolve) => { leaving.push(resolve); history.back(); });
  };
}

/**
 * Opens a dialog; settles when it has been closed: by itself, by Esc, by Back, or by a click beside it.
 * @param {HTMLDialogElement} dialog @param {{isLight?: boolean}} [options] without `isLight` a click beside it does nothing
 */
export async function openDialog(dialog, { isLight = true } = {}) {
  document.body.append(dialog);
  dialog.showModal();
  const uncover = cover(() => dialog.close());
  dialog.addEventListener("click", ({ target }) => isLight && target === dialog && dialog.close());
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.remove();
  await uncover();
}

overPage.takesBack = ({ state }) => {
  if (leaving.length) {
    leaving.shift()();
    return true;
  }
  const isSamePlace = layers.at(-1)?.path === location.pathname;
  const closed = layers.splice(layers.findIndex(({ id }) => id === state?.layer) + 1);
  for (const layer of closed.reverse()) layer.close();
  return closed.length > 0 && isSamePlace;
};

overPage.makesWay = () => {
  const closed = layers.splice(0);
  for (const layer of closed.reverse()) layer.close();
  return closed.length > 0;
};
