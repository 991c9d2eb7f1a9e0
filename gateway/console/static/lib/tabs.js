// Tabs as the authoring practices of ARIA have them: arrows move, the panel follows.

import { fill, h } from "./dom.js";

/** `tabs`: names, and what makes each panel when it is shown. */
export function tabs(label, tabs, chosen = 0) {
  const panel = h("div", { role: "tabpanel", id: "panel", tabindex: "0" });
  const buttons = tabs.map(({ name }, number) =>
    h("button", { role: "tab", id: `tab-${number}`, "aria-controls": "panel", onclick: () => choose(number) }, name));

  function choose(number) {
    buttons.forEach((button, other) => {
      button.setAttribute("aria-selected", String(other === number));
      button.tabIndex = other === number ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${number}`);
    fill(panel, tabs[number].panel());
  }

  function move(event) {
    const now = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const number = (next + buttons.length) % buttons.length;
    buttons[number].focus();
    choose(number);
  }

  choose(chosen);
  return [h("div", { role: "tablist", "aria-label": label, class: "tabs", onkeydown: move }, buttons), panel];
}
