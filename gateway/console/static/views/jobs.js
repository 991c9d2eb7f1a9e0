// Jobs of the workspace: what is at work, and what was.

import { call, session } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { kindName, progressText, time } from "../lib/format.js";
import { cancelJob, isAtWork } from "../lib/jobs.js";
import { errorBox, state, toast } from "../lib/show.js";

const REFRESH_MS = 1500;

/** See app.js: `signal` says when the view is left. */
export function jobsView({ signal }) {
  const rows = h("ul", { class: "rows card", "aria-label": "Jobs", hidden: true });
  const told = h("div", {});
  const known = new Map();
  let timer = 0;

  async function load() {
    clearTimeout(timer);
    try {
      const { data } = await call("GET", "jobs", { query: { limit: 50 }, signal });
      for (const job of data) {
        if (known.get(job.id) && !isAtWork(job)) toast(`${kindName(job.kind)} ${job.status}`, { bad: job.status === "failed" });
        known.set(job.id, isAtWork(job));
      }
      fill(told, data.length ? null : h("div", { class: "card empty" }, h("h2", {}, "No jobs yet")));
      fill(rows, data.map((job) => row(job, load)));
      rows.hidden = !data.length;
      if (data.some(isAtWork)) timer = setTimeout(load, REFRESH_MS);
    } catch (error) {
      if (signal.aborted) return;
      fill(told, errorBox(error));
      timer = setTimeout(load, 3 * REFRESH_MS);
    }
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  load();
  return [
    h("div", { class: "head" }, h("h1", {}, "Jobs"), h("button", { onclick: load }, "Refresh")),
    told,
    rows,
  ];
}

function row(job, load) {
  const { processed = 0, total = 0 } = job.progress ?? {};
  const bar = job.status === "active" ? h("progress", { value: processed, max: total || 1, "aria-label": progressText(job) }) : null;
  const may = session.can("jobs:write") && isAtWork(job) && !job.cancelRequested;
  return h("li", {},
    h("div", {}, h("div", {}, kindName(job.kind)), h("div", { class: "soft" }, job.catalogId ?? "")),
    h("div", {}, state(job.status)),
    h("div", { class: "how num" }, h("div", {}, progressText(job)), bar, job.error ? h("div", { class: "soft" }, job.error.message) : null),
    h("div", { class: "when soft" }, time(job.startedAt ?? job.createdAt)),
    h("div", { class: "do" }, may ? h("button", { onclick: () => cancelJob(job).then(load) }, "Cancel") : null));
}
