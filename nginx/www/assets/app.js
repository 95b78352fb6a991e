/** Where the page begins: the theme, the session, and which view an address means. */
import { conversations } from "./lib/conversations.js";
import { emptyState, go, h, overPage, textButton } from "./lib/dom.js";
import { applyTheme, memory, queues } from "./lib/memory.js";
import { models } from "./lib/models.js";
import { news } from "./lib/news.js";
import { session } from "./lib/session.js";
import "./elements/app-shell.js";

applyTheme();

const shell = document.createElement("app-shell");

/** Every place has an address. `open` gets what the pattern captured. */
const routes = [
  { pattern: /^\/$/, open: () => showChat(null) },
  { pattern: /^\/c\/([\w-]+)\/?$/, open: (id) => showChat(id) },
  { pattern: /^\/account\/?$/, open: () => showLazily("account-view") },
];
const doors = { "/sign-in": "sign-in", "/register": "register" };

async function route() {
  if (isOver) return location.replace("/");
  const path = location.pathname;
  if (doors[path]) return openDoor(doors[path]);
  if (!session.user && !(await enter())) return;
  loadSharedData();
  if (path !== location.pathname) return; // went elsewhere meanwhile
  if (!shell.isConnected) document.body.replaceChildren(shell);
  const match = routes.map(({ pattern, open }) => ({ found: pattern.exec(path), open })).find(({ found }) => found);
  if (match) match.open(...match.found.slice(1));
  else showNowhere();
}

/** Finds out who is here; false when the person has to sign in, or nobody could be asked. */
async function enter() {
  // Three requests side by side instead of one after the other, where they will probably be allowed.
  if (session.isLikely) loadSharedData();
  try {
    await session.load();
    return true;
  } catch (problem) {
    if (problem.status !== 401) showUnreachable(problem);
    return false;
  }
}

let isSharedDataAsked = false;

function loadSharedData() {
  if (isSharedDataAsked) return;
  isSharedDataAsked = true;
  models.load();
  conversations.load();
  if (memory.keys(queues.start).length) import("./lib/outbox.js"); // sends what an earlier page could not
}

function showChat(conversationId) {
  let view = shell.view;
  if (view?.localName !== "chat-view") shell.show("chat", view = document.createElement("chat-view"));
  view.open(conversationId);
}

async function showLazily(name) {
  const path = location.pathname;
  const view = await import(`./elements/${name}.js`).then(() => document.createElement(name), () => notLoaded(path));
  if (location.pathname === path) shell.show("account", view);
}

/** In the place of a part of the page that did not arrive; it is tried again when the network may be back. */
function notLoaded(path) {
  const again = () => location.pathname === path && route();
  news.addEventListener("wake", again, { once: true });
  document.title = "Not loaded · Atelier";
  return blankPage(
    { mark: "offline", heading: "This part of the page could not be loaded", text: "It comes by itself once there is a connection." },
    textButton("Try again", again, { class: "button button--main" }),
  );
}

async function openDoor(mode) {
  if (!session.user && session.isLikely) await session.load().catch(() => session.leave());
  if (session.user) return go("/", { replace: true });
  await import("./elements/auth-view.js");
  if (doors[location.pathname] !== mode) return;
  const view = document.createElement("auth-view");
  view.mode = mode;
  document.body.replaceChildren(view);
  view.focusFirst();
}

const blankPage = (what, ...steps) => emptyState({ level: 1, class: "blank blank--page", "data-state": "error", ...what }, ...steps);

function showUnreachable(problem) {
  news.addEventListener("wake", route, { once: true });
  document.body.replaceChildren(blankPage({
    tag: "main", mark: "offline", heading: "Atelier cannot be reached", text: `${problem.message} What you wrote is kept in this browser.`,
  }, textButton("Try again", route, { class: "button button--main" })));
}

function showNowhere() {
  document.title = "Not found · Atelier";
  const place = blankPage({
    mark: "search", heading: "There is nothing at this address",
    text: "The address is not complete, or what was here is gone. Your conversations are in the list.",
  },
    h("a", { class: "button button--main", href: "/" }, "New conversation"),
    textButton("Show the list", () => shell.openList(), { class: "button narrow", "data-role": "open-list" }));
  shell.show(null, place);
  place.querySelector("h1").focus({ preventScroll: true });
}

/** The place to go back to once the person has signed in again. */
const wayBack = {
  keep: () => sessionStorage.setItem("atelier.back", location.pathname),
  take() {
    const path = sessionStorage.getItem("atelier.back");
    sessionStorage.removeItem("atelier.back");
    return path ?? "/";
  },
};

function forgetSharedData() {
  models.forget();
  conversations.forget();
  shell.forgetPlaces();
  isSharedDataAsked = false;
}

window.addEventListener("atelier:go", ({ detail: { path, replace, state } }) => {
  if (overPage.makesWay() || path === location.pathname) replace = true;
  history[replace ? "replaceState" : "pushState"](state, "", path);
  route();
});
/** The person whose session this page has lost; what it still holds is theirs. */
let formerPerson = null;

/** This page has been left for good, and the browser may still have it in its cache. */
let isOver = false;

window.addEventListener("atelier:session-lost", () => {
  if (doors[location.pathname]) return;
  wayBack.keep();
  formerPerson = session.user?.id ?? formerPerson;
  session.leave();
  forgetSharedData();
  go("/sign-in", { replace: true });
});
window.addEventListener("atelier:signed-in", () => {
  const path = wayBack.take();
  if (formerPerson && formerPerson !== session.user.id) return location.replace("/");
  go(path, { replace: true });
});
// Somebody has signed in, in another tab: this one need not ask.
memory.watch("known", () => doors[location.pathname] && memory.get("known") && location.replace(wayBack.take()));
// Loaded anew, so that nothing of the person is left in the page's memory.
window.addEventListener("atelier:signed-out", ({ detail: remark }) => {
  isOver = true;
  wayBack.take();
  document.body.replaceChildren();
  const signIn = () => location.replace("/sign-in");
  if (!remark) return signIn();
  document.title = "Signed out · Atelier";
  document.body.replaceChildren(blankPage({
    tag: "main", mark: "out", heading: "Signed out", text: remark,
  }, textButton("Sign in", signIn, { class: "button button--main" })));
  document.querySelector("h1").focus();
});
window.addEventListener("atelier:other-person", () => {
  if (isOver) return;
  isOver = true;
  wayBack.take();
  document.title = "Somebody else has signed in · Atelier";
  document.body.replaceChildren(blankPage({
    tag: "main", mark: "person", heading: "Somebody else has signed in",
    text: "Another tab of this browser is signed in to another account by now. This page shows and sends nothing more.",
  }, textButton("Go on with that account", () => location.replace("/"), { class: "button button--main" })));
});
window.addEventListener("pageshow", ({ persisted }) => persisted && isOver && location.replace("/"));
/** A conversation takes files; anywhere else a sentence says so. */
async function offer(files) {
  const isTaken = !window.dispatchEvent(new CustomEvent("atelier:files", { detail: files, cancelable: true }));
  if (!isTaken) (await import("./elements/toast.js")).toast("Files can be dropped on a conversation, not here.");
}
// What is dropped beside a field would take the place of the page, and with it what is written there.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => {
    const { dataTransfer, target } = event;
    const hasFiles = dataTransfer.types.includes("Files");
    if (!hasFiles && target.closest?.("input, textarea")) return;
    event.preventDefault();
    if (name === "dragover") dataTransfer.dropEffect = hasFiles ? "copy" : "none";
    else if (hasFiles) offer([...dataTransfer.files]);
  });
}
window.addEventListener("popstate", (event) => overPage.takesBack(event) || route());
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/']");
  if (!link || link.target || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});

route();
