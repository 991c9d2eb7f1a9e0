// The panel of one run: how far it is, and what came out.

import { pages, session } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { follow } from "../lib/events.js";
import { count, counted, kindName, progressText, remaining } from "../lib/format.js";
import { cancelJob } from "../lib/jobs.js";
import { bandBar, errorBox, toast } from "../lib/show.js";

const MOST_BAD_ROWS = 100_000;

/** Follows a job in an element until it has ended; returns its record. */
export async function showRun(element, job, { signal }) {
  const began = performance.now();
  const first = job.progress?.processed ?? 0;
  const text = h("div", { class: "num" }, progressText(job));
  const left = h("div", { class: "soft num" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": kindName(job.kind) });
  const cancel = session.can("jobs:write") ? h("button", { onclick: stop }, "Cancel") : null;
  fill(element, h("section", { class: "card", "aria-label": `${kindName(job.kind)} at work` },
    h("div", { class: "head" }, h("div", {}, text, left), cancel), bar));

  async function stop() {
    cancel.disabled = true;
    await cancelJob(job);
  }

  function onProgress({ progress }) {
    const { processed = 0, total = 0 } = progress ?? {};
    fill(text, progressText({ ...job, progress }));
    bar.max = total || 1;
    bar.value = processed;
    fill(left, remaining(processed - first, total - processed, performance.now() - began));
  }

  const ended = await follow(job.id, { signal, onProgress });
  fill(element, results(ended));
  toast(`${kindName(ended.kind)} ${ended.status}`, { bad: ended.status === "failed" });
  return ended;
}

/** What came out of a job that has ended. */
function results(job) {
  const head = h("h2", {}, `${kindName(job.kind)} ${job.status}`);
  if (job.status !== "completed") return h("section", { class: "card" }, head, errorBox(job.error ?? { message: "It has no result." }));
  const shown = { import: imported, silver: normalized, gold: analyzed }[job.kind];
  return h("section", { class: "card", "aria-label": "Results" }, head, shown ? shown(job.result, job) : null);
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", { class: "num" }, typeof value === "number" ? count(value) : value));

function imported(result, job) {
  const bad = result.errors && session.can("jobs:read")
    ? h("div", {}, h("button", { onclick: () => saveBadRows(job) }, `Download bad rows (${count(result.errors)}) as CSV`)) : null;
  return [h("dl", { class: "facts" }, fact("Rows", result.total), fact("Created", result.created), fact("Updated", result.updated),
    fact("Unchanged", result.unchanged), fact("Bad rows", result.errors)), bad];
}

function normalized(result) {
  const issues = Object.entries(result.issues ?? {}).sort(([, a], [, b]) => b - a).slice(0, 8);
  return [h("dl", { class: "facts" }, fact("Fields normalized", result.fieldsNormalized), fact("Duplicates detected", result.duplicates),
    fact("Broken image URLs found", result.brokenUrls), fact("Errors", result.errors), fact("Products with issues", result.productsWithIssues)),
  issues.length ? h("ul", { class: "plain-list" }, issues.map(([rule, products]) => h("li", {}, h("code", {}, rule), ` ${counted(products, "product")}`))) : null];
}

function analyzed(result) {
  const { avgScore, scoreDistribution, gapDetails = [] } = result.catalogSummary;
  return [h("dl", { class: "facts" }, fact("Average score", avgScore === null ? "–" : avgScore.toFixed(1)), fact("Analyzed", result.succeeded), fact("Errors", result.errors)),
    bandBar(scoreDistribution),
    gapDetails.length ? h("ul", { class: "plain-list" }, gapDetails.map(({ field, products, gain }) =>
      h("li", {}, h("code", {}, field), ` ${counted(products, "product")}, +${gain.toFixed(1)} on average if filled`))) : null];
}

async function saveBadRows(job) {
  const names = ["line", "column", "severity", "reason", "message"];
  const lines = [names];
  try {
    for await (const some of pages(`jobs/${encodeURIComponent(job.id)}/results`, { query: { limit: 1000 }, most: MOST_BAD_ROWS })) {
      for (const row of some) lines.push(names.map((name) => row[name] ?? ""));
    }
  } catch (error) {
    toast(error.message, { bad: true });
    return;
  }
  const link = h("a", { href: URL.createObjectURL(new Blob([lines.map(csvLine).join("")], { type: "text/csv" })), download: "bad-rows.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
}

// What begins like a formula is one to a spreadsheet.
const csvLine = (cells) => `${cells.map((cell) => `"${String(cell).replace(/^([=+\-@\t\r])/, "'$1").replaceAll('"', '""')}"`).join(",")}\r\n`;
