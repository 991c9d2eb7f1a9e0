// Where columns of a file go, before the built-in names of columns.

import { fill, h } from "../../lib/dom.js";

const MOST = 500;

/** See settings.js. Mappings are written whole. */
export function mappingsPanel({ silverMappings }, { may, save }) {
  const told = h("div", {});
  const rows = h("ul", { class: "mappings" });
  const add = h("button", { type: "button", onclick: () => { rows.append(row({})); count(); rows.lastChild.querySelector("input").focus(); } }, "Add a mapping");

  function row({ sourceField = "", targetField = "", transform = "" }) {
    const input = (label, value, more = {}) => h("input", { "aria-label": label, placeholder: label, value, maxlength: 263, disabled: !may, ...more });
    const item = h("li", {},
      input("Column of the file", sourceField, { required: true }),
      input("Field", targetField, { required: true }),
      input("Transform", transform ?? "", { title: "trim, uppercase, lowercase, prefix:X or suffix:X" }),
      may ? h("button", { type: "button", "aria-label": `Remove the mapping of ${sourceField || "this column"}`, onclick: () => { item.remove(); count(); } }, "Remove") : null);
    return item;
  }

  function count() {
    add.disabled = rows.children.length >= MOST;
  }

  function submit(event) {
    event.preventDefault();
    const mappings = [...rows.children].map((item) => {
      const [source, target, transform] = [...item.querySelectorAll("input")].map(({ value }) => value);
      return { sourceField: source, targetField: target, ...(transform && { transform }) };
    });
    save({ silverMappings: mappings }, told);
  }

  fill(rows, silverMappings.map(row));
  count();
  return h("form", { class: "card", onsubmit: submit },
    h("p", { class: "soft" }, "A column goes to a field of a product; any other name is an attribute. Transforms: trim, uppercase, lowercase, prefix:X, suffix:X."),
    rows, told,
    may ? h("div", { class: "row" }, add, h("button", { class: "main", type: "submit" }, "Save mappings")) : null);
}
