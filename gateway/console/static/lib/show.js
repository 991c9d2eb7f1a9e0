// What several views show: errors, messages that pass, states, bands of scores.

import { h, svg } from "./dom.js";
import { count } from "./format.js";

export const BANDS = ["excellent", "good", "warning", "poor"];

/** An error in words, with what finds it in the logs. */
export function errorBox(error) {
  const details = (error.details ?? []).map(({ field, message }) => h("div", {}, field ? `${field}: ${message}` : message));
  const about = error.requestId ? h("small", {}, `${error.code} · request ${error.requestId}`) : null;
  return h("div", { class: "error", role: "alert" }, h("strong", {}, error.message), details, about);
}

/** An input with its label and, maybe, a hint. The input has an id. */
export function field(label, input, hint) {
  if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, hint ? h("small", { id: `${input.id}-hint`, class: "soft" }, hint) : null);
}

/** A message that goes by itself. */
export function toast(text, { bad = false } = {}) {
  const message = h("div", { class: bad ? "toast bad" : "toast" }, text);
  document.querySelector(".toasts").append(message);
  setTimeout(() => message.remove(), 6000);
}

/** The state of a job. */
export const state = (status) => h("span", { class: `state state-${status}` }, status);

/** How many products are in which band. */
export function bandBar(distribution) {
  const total = BANDS.reduce((sum, band) => sum + (distribution[band] ?? 0), 0);
  const told = BANDS.map((band) => `${band} ${count(distribution[band] ?? 0)}`).join(", ");
  const bar = svg("svg", { class: "bands", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": `Scores: ${told}` });
  let start = 0;
  for (const band of BANDS) {
    const width = total ? (100 * (distribution[band] ?? 0)) / total : 0;
    bar.append(svg("rect", { class: `band-${band}`, x: start, y: 0, width, height: 10 }));
    start += width;
  }
  return bar;
}
