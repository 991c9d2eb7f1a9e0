// Which view is shown: by the part of the address behind "#", so that a reload comes back to it.

import { resume, session, signOut } from "./lib/api.js";
import { fill, h } from "./lib/dom.js";
import { errorBox } from "./lib/show.js";
import { catalogView } from "./views/catalog.js";
import { catalogsView } from "./views/catalogs.js";
import { jobsView } from "./views/jobs.js";
import { settingsView } from "./views/settings.js";
import { signInView } from "./views/signin.js";

const VIEWS = [
  { name: "Catalogs", path: "catalogs", scope: "catalogs:read", view: (at) => (at.path[0] ? catalogView(at) : catalogsView(at)) },
  { name: "Jobs", path: "jobs", scope: "jobs:read", view: jobsView },
  { name: "Settings", path: "settings", scope: "settings:read", view: settingsView },
];
const main = document.querySelector("main");
const bar = document.querySelector("header.bar");
let leaving = new AbortController();

function show() {
  leaving.abort();
  leaving = new AbortController();
  if (!session.me) {
    bar.hidden = true;
    document.title = "Sign in · Assay";
    fill(main, signInView(show));
    return;
  }
  const path = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const found = VIEWS.find(({ path: name }) => name === path[0]) ?? VIEWS[0];
  head(found);
  document.title = `${found.name} · Assay`;
  if (session.can(found.scope)) fill(main, found.view({ signal: leaving.signal, path: path.slice(1) }));
  else fill(main, h("h1", {}, found.name), h("p", { class: "card" }, `This key may not see this: it lacks the scope ${found.scope}.`));
}

function head(found) {
  bar.hidden = false;
  fill(bar.querySelector("nav"), VIEWS.map(({ name, path }) =>
    h("a", { href: `#/${path}`, "aria-current": path === found.path ? "page" : false }, name)));
  fill(bar.querySelector(".who"),
    h("span", { class: "soft name" }, session.workspace),
    h("button", { class: "plain", onclick: () => { signOut(); show(); } }, "Sign out"));
}

addEventListener("hashchange", () => { show(); main.focus(); });
addEventListener("assay:signed-out", show);
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });

try {
  await resume();
  show();
} catch (error) {
  if (error.status === 401) { signOut(); show(); }
  else fill(main, h("h1", {}, "Assay"), errorBox(error), h("div", {}, h("button", { onclick: () => location.reload() }, "Try again")));
}
