// What the workspace wants of its runs: docs/settings.md.

import { call, session } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { time } from "../lib/format.js";
import { errorBox, toast } from "../lib/show.js";
import { tabs } from "../lib/tabs.js";
import { behaviorPanel } from "./settings/behavior.js";
import { brandsPanel } from "./settings/brands.js";
import { keysPanel } from "./settings/keys.js";
import { mappingsPanel } from "./settings/mappings.js";
import { weightsPanel } from "./settings/weights.js";

/** See app.js: `signal` says when the view is left. */
export function settingsView({ signal }) {
  const about = h("p", { class: "soft" });
  const shown = h("div", { class: "stack", "aria-busy": "true" });
  const may = session.can("settings:write");
  let settings;

  /** Writes some of the settings: what is absent stays as it is. The error, if they are refused. */
  async function save(changes, told) {
    fill(told);
    try {
      settings = await call("PUT", "settings/pipeline", { body: changes, signal });
      tell();
      toast("Saved: the next runs go by it");
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
    }
  }

  function tell() {
    fill(about, settings.updatedAt ? `Last written ${time(settings.updatedAt)} by ${settings.updatedBy}` : "As they are by default");
  }

  async function load() {
    try {
      settings = await call("GET", "settings/pipeline", { signal });
      tell();
      const made = [
        { name: "Silver Mappings", panel: () => mappingsPanel(settings, { may, save }) },
        { name: "Gold Weights", panel: () => weightsPanel(settings, { may, save }) },
        { name: "Behavior", panel: () => behaviorPanel(settings, { may, save }) },
        session.can("brands:read") && { name: "Brands", panel: () => brandsPanel({ signal }) },
        session.can("keys:read") && { name: "API keys", panel: () => keysPanel({ signal }) },
      ].filter(Boolean);
      fill(shown, tabs("Settings", made));
    } catch (error) {
      if (!signal.aborted) fill(shown, errorBox(error), h("p", {}, h("button", { onclick: load }, "Try again")));
    } finally {
      shown.removeAttribute("aria-busy");
    }
  }

  load();
  return [h("div", { class: "head" }, h("h1", {}, "Settings"), about), shown];
}
