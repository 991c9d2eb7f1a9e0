// How runs go about what they find, and what follows what.

import { h } from "../../lib/dom.js";
import { field } from "../../lib/show.js";

const CHOICES = [
  { name: "unknownBrands", label: "Unknown brands", values: { error: "fail their product", register: "are registered" } },
  { name: "duplicates", label: "Duplicates", values: { off: "are not looked for", certain: "share an identity", likely: "are also the same thing in other words" } },
  { name: "duplicateStrictness", label: "Likely duplicates", values: { loose: "loose: more are found", normal: "normal", strict: "strict: fewer are found" } },
  { name: "imageChecks", label: "Images", values: { off: "are not looked at", syntax: "must have a valid address", reachability: "must answer with an image" } },
];
const SWITCHES = [
  { name: "autoTriggerSilver", label: "Normalize after each import" },
  { name: "autoTriggerGold", label: "Analyze after each Normalize" },
  { name: "previewMode", label: "Preview: runs tell results and change no product" },
];

/** See settings.js. */
export function behaviorPanel(settings, { may, save }) {
  const told = h("div", {});
  const choices = CHOICES.map(({ name, label, values }) => field(label, h("select", { id: name, name, disabled: !may },
    Object.entries(values).map(([value, text]) => h("option", { value, selected: settings[name] === value }, text)))));
  const switches = SWITCHES.map(({ name, label }) => h("label", { class: "switch" },
    h("input", { type: "checkbox", name, checked: settings[name], disabled: !may }), label));

  function submit(event) {
    event.preventDefault();
    const form = event.target.elements;
    const chosen = CHOICES.map(({ name }) => [name, form[name].value]);
    const on = SWITCHES.map(({ name }) => [name, form[name].checked]);
    save(Object.fromEntries([...chosen, ...on]), told);
  }

  return h("form", { class: "card", onsubmit: submit },
    h("div", { class: "fields" }, choices), switches, told,
    may ? h("div", {}, h("button", { class: "main", type: "submit" }, "Save behavior")) : null);
}
