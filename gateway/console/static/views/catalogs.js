// The catalogs of the workspace.

import { call, pages, session } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { count, kindName, time } from "../lib/format.js";
import { bandBar, errorBox, field, state, toast } from "../lib/show.js";

/** See app.js: `signal` says when the view is left. */
export function catalogsView({ signal }) {
  const list = h("ul", { class: "cards", "aria-busy": "true" });
  const told = h("div", {});
  const dialog = createDialog(() => load());

  async function load() {
    fill(told);
    try {
      const cards = [];
      for await (const some of pages("catalogs", { signal })) cards.push(...some.map((catalog) => card(catalog, signal)));
      fill(list, cards);
      if (!cards.length) fill(told, h("div", { class: "card empty" }, h("h2", {}, "No catalogs yet"), h("p", {}, "Create one, and import a file into it.")));
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error), h("p", {}, h("button", { onclick: load }, "Try again")));
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  load();
  const create = session.can("catalogs:write") ? h("button", { class: "main", onclick: () => dialog.showModal() }, "New catalog") : null;
  return [h("div", { class: "head" }, h("h1", {}, "Catalogs"), create), told, list, dialog];
}

function card(catalog, signal) {
  const score = h("dd", { class: "num" }, "–");
  const ready = h("dd", { class: "num" }, "–");
  const bands = h("div", {}, bandBar({}));
  const last = h("div", { class: "row soft", "aria-busy": "true" });
  summarise(catalog, signal, { score, ready, bands, last });
  return h("li", { class: "card" },
    h("h2", {}, h("a", { href: `#/catalogs/${encodeURIComponent(catalog.id)}` }, catalog.name), catalog.is_default ? h("span", { class: "soft" }, " · default") : null),
    h("dl", { class: "facts" },
      h("div", {}, h("dt", {}, "Products"), h("dd", { class: "num" }, count(catalog.product_count))),
      h("div", {}, h("dt", {}, "Average score"), score),
      h("div", {}, h("dt", {}, "Feed ready"), ready)),
    bands, last);
}

/** What is known of its scores and of its last run, each on its own: one that fails leaves the others. */
async function summarise(catalog, signal, { score, ready, bands, last }) {
  const path = `catalogs/${encodeURIComponent(catalog.id)}`;
  const wanted = [
    session.can("products:read") && call("GET", `${path}/summary`, { signal }).then((told) => {
      if (!told.scored) return;
      fill(score, told.catalogAvgScore === null ? "–" : told.catalogAvgScore.toFixed(1));
      fill(bands, bandBar(told.catalogSummary.scoreDistribution));
      const channel = told.channels.find(({ channel: name }) => name === "google") ?? told.channels[0];
      if (channel) fill(ready, count(channel.ready));
    }),
    session.can("jobs:read") && call("GET", "jobs", { query: { catalog_id: catalog.id, limit: 1 }, signal }).then(({ data: [job] }) => {
      fill(last, job ? [state(job.status), `${kindName(job.kind)}, ${time(job.finishedAt ?? job.createdAt)}`] : "No runs yet");
    }),
  ];
  for (const result of await Promise.allSettled(wanted)) {
    if (result.status === "rejected" && !signal.aborted && result.reason.status !== 404) fill(last, h("span", {}, `Not known: ${result.reason.message}`));
  }
  last.removeAttribute("aria-busy");
}

function createDialog(done) {
  const name = h("input", { id: "catalog-name", required: true, maxlength: "255", autocomplete: "off" });
  const currency = h("input", { id: "catalog-currency", maxlength: "3", pattern: "[A-Za-z]{3}", autocomplete: "off" });
  const told = h("div", {});
  const dialog = h("dialog", { "aria-labelledby": "new-catalog" },
    h("form", { onsubmit: submit },
      h("h2", { id: "new-catalog" }, "New catalog"),
      field("Name", name),
      field("Currency", currency, "Of prices that name none: three letters, as EUR. May stay empty."),
      told,
      h("div", { class: "end" },
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        h("button", { class: "main", type: "submit" }, "Create"))));

  async function submit(event) {
    event.preventDefault();
    fill(told);
    try {
      const body = { name: name.value };
      if (currency.value) body.currency = currency.value.toUpperCase();
      await call("POST", "catalogs", { body });
      dialog.close();
      event.target.reset();
      toast(`${body.name} was created`);
      done();
    } catch (error) {
      fill(told, errorBox(error));
    }
  }
  return dialog;
}
