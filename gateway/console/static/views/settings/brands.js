// Registered brands and the other spellings that mean them.

import { call, pages, session } from "../../lib/api.js";
import { fill, h } from "../../lib/dom.js";
import { counted } from "../../lib/format.js";
import { errorBox, field, toast } from "../../lib/show.js";

const MOST = 500;

/** See settings.js. */
export function brandsPanel({ signal }) {
  const may = session.can("brands:write");
  const told = h("div", {});
  const about = h("p", { class: "soft" });
  const rows = h("ul", { class: "rows card brands", "aria-label": "Brands", hidden: true });
  const name = h("input", { id: "brand-name", required: true, maxlength: 255, autocomplete: "off" });
  const aliases = h("input", { id: "brand-aliases", autocomplete: "off" });

  async function load() {
    try {
      const brands = [];
      for await (const some of pages("brands", { most: MOST, signal })) brands.push(...some);
      fill(rows, brands.map(row));
      rows.hidden = !brands.length;
      fill(about, brands.length < MOST ? counted(brands.length, "brand") : `The first ${counted(brands.length, "brand")}`);
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
    }
  }

  function row(brand) {
    const marks = brand.aliases.map((alias) => h("span", { class: "mark" }, alias,
      may ? h("button", { class: "plain", "aria-label": `Remove ${alias} from ${brand.name}`, onclick: () => change(brand, { removeAliases: [alias] }) }, "×") : null));
    const more = h("input", { "aria-label": `Another spelling of ${brand.name}`, placeholder: "Another spelling", maxlength: 255 });
    const form = may ? h("form", { class: "row", onsubmit: (event) => { event.preventDefault(); if (more.value) change(brand, { addAliases: [more.value] }); } },
      more, h("button", { type: "submit", "aria-label": `Add the spelling to ${brand.name}` }, "Add")) : null;
    return h("li", {}, h("strong", {}, brand.name), h("div", { class: "row" }, marks), form);
  }

  const change = (brand, body) => tried(() => call("PATCH", `brands/${encodeURIComponent(brand.id)}`, { body }), `${brand.name} was changed`);

  async function tried(work, done) {
    fill(told);
    try {
      await work();
      toast(done);
      await load();
      return true;
    } catch (error) {
      fill(told, errorBox(error));
      return false;
    }
  }

  async function create(event) {
    event.preventDefault();
    const body = { name: name.value, aliases: aliases.value.split(",").map((alias) => alias.trim()).filter(Boolean) };
    if (await tried(() => call("POST", "brands", { body }), `${body.name} was registered`)) event.target.reset();
  }

  load();
  const form = h("form", { class: "card", onsubmit: create },
    h("h2", {}, "New brand"),
    h("div", { class: "fields" }, field("Name", name, "As it is to be spelled."), field("Other spellings", aliases, "Separated by commas.")),
    h("div", {}, h("button", { class: "main", type: "submit" }, "Register")));
  return h("div", { class: "stack" }, about, told, rows, may ? form : null);
}
