// One catalog: a file comes in, runs go over it.

import { call, session } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { counted } from "../lib/format.js";
import { isAtWork } from "../lib/jobs.js";
import { errorBox } from "../lib/show.js";
import { upload } from "../lib/upload.js";
import { showRun } from "./run.js";

/** See app.js: `signal` says when the view is left. */
export function catalogView({ signal, path: [id] }) {
  const title = h("h1", {}, "Catalog");
  const about = h("p", { class: "soft" });
  const told = h("div", {});
  const panel = h("div", { "aria-live": "polite" });
  const actions = h("div", { class: "row" });
  const may = session.can("catalogs:write");

  async function load() {
    try {
      const catalog = await call("GET", `catalogs/${encodeURIComponent(id)}`, { signal });
      fill(title, catalog.name);
      fill(about, counted(catalog.product_count, "product"));
      document.title = `${catalog.name} · Assay`;
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
    }
  }

  async function watch(job) {
    setBusy(true);
    try {
      await showRun(panel, job, { signal });
      await load();
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
    } finally {
      setBusy(false);
    }
  }

  function setBusy(isBusy) {
    for (const control of actions.querySelectorAll("button, input")) control.disabled = isBusy;
  }

  async function run(stage) {
    fill(told);
    setBusy(true);
    try {
      const headers = { prefer: "respond-async" };
      const { backgroundJobId } = await call("POST", `catalogs/${encodeURIComponent(id)}/batch/${stage}`, { body: { scope: "all" }, headers, signal });
      await watch({ id: backgroundJobId, kind: stage });
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
      setBusy(false);
    }
  }

  async function send(file) {
    if (!file) return;
    fill(told);
    setBusy(true);
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Sent" });
    fill(panel, h("section", { class: "card" }, h("div", {}, `Sending ${file.name}`), bar));
    try {
      const jobId = await upload(file, id, { signal, onSent: (share) => { bar.value = share; } });
      await watch({ id: jobId, kind: "import" });
    } catch (error) {
      fill(panel);
      if (!signal.aborted) fill(told, errorBox(error));
      setBusy(false);
    }
  }

  const file = h("input", { id: "import-file", type: "file", accept: ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.gz", onchange: () => { send(file.files[0]); file.value = ""; } });
  if (may) {
    fill(actions,
      h("button", { onclick: () => run("silver") }, "Normalize All"),
      h("button", { class: "main", onclick: () => run("gold") }, "Analyze All"));
  }
  const drop = may && session.can("products:write") ? h("section", { class: "card drop" },
    h("label", { for: "import-file" }, "Import a file of products"),
    h("small", { class: "soft", id: "import-hint" }, "CSV or JSON. Drop it here, or choose it."), file) : null;
  if (drop) {
    file.setAttribute("aria-describedby", "import-hint");
    actions.append(drop);
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (!file.disabled) send(event.dataTransfer.files[0]);
    });
  }

  load();
  if (session.can("jobs:read")) resumeRun();

  /** What is at work, whoever started it: a reload comes back to it. */
  async function resumeRun() {
    try {
      const { data } = await call("GET", "jobs", { query: { catalog_id: id, limit: 10 }, signal });
      const job = data.find(isAtWork);
      if (job) await watch(job);
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
    }
  }

  return [h("p", {}, h("a", { href: "#/catalogs" }, "← Catalogs")), h("div", { class: "head" }, h("div", {}, title, about)), actions, told, panel];
}
