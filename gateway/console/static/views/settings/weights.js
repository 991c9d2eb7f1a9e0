// Points that each stage of the score is worth.

import { fill, h } from "../../lib/dom.js";
import { field } from "../../lib/show.js";

const STAGES = ["identity", "taxonomy", "content", "media", "pricing", "attributes", "seo"];
const WHOLE = 100;

/** The sum is told as it is typed; what does not come to 100 cannot be saved. */
export function weightsPanel({ goldWeights }, { may, save }) {
  const inputs = STAGES.map((stage) =>
    h("input", { id: `weight-${stage}`, type: "number", min: 0, max: WHOLE, step: 1, required: true, value: goldWeights[stage], disabled: !may, oninput: add }));
  const sum = h("output", { class: "num", for: inputs.map(({ id }) => id).join(" ") });
  const told = h("div", {});
  const button = h("button", { class: "main", type: "submit" }, "Save weights");

  function add() {
    const values = inputs.map((input) => input.valueAsNumber);
    const total = values.reduce((all, value) => all + value, 0);
    const is = inputs.every((input) => input.checkValidity()) && total === WHOLE;
    button.disabled = !is;
    fill(sum, Number.isNaN(total) ? "Each stage needs a whole number" : `Sum: ${total} of ${WHOLE}`);
    sum.classList.toggle("wrong", !is);
  }

  function submit(event) {
    event.preventDefault();
    save({ goldWeights: Object.fromEntries(STAGES.map((stage, place) => [stage, inputs[place].valueAsNumber])) }, told);
  }

  add();
  return h("form", { class: "card", onsubmit: submit, novalidate: true },
    h("p", { class: "soft" }, "New weights score nothing anew: what was scored under others is stale until the next Analyze."),
    h("div", { class: "fields" }, STAGES.map((stage, place) => field(stage[0].toUpperCase() + stage.slice(1), inputs[place]))),
    h("div", { class: "row" }, sum), told, may ? h("div", {}, button) : null);
}
