// API keys of the workspace: the secret of a new one is shown once.

import { call, pages, session } from "../../lib/api.js";
import { fill, h } from "../../lib/dom.js";
import { time } from "../../lib/format.js";
import { errorBox, field, toast } from "../../lib/show.js";

/** See settings.js. */
export function keysPanel({ signal }) {
  const may = session.can("keys:write");
  const told = h("div", {});
  const once = h("div", {});
  const rows = h("ul", { class: "rows card", "aria-label": "API keys" });
  const name = h("input", { id: "key-name", required: true, maxlength: 255, autocomplete: "off" });
  const scopes = session.me.scopes.filter((scope) => scope !== "internal");
  const boxes = scopes.map((scope) => h("label", { class: "switch" }, h("input", { type: "checkbox", value: scope, checked: !scope.startsWith("keys:") }), scope));

  async function load() {
    try {
      const keys = [];
      for await (const some of pages("api-keys", { signal })) keys.push(...some);
      fill(rows, keys.map(row));
    } catch (error) {
      if (!signal.aborted) fill(told, errorBox(error));
    }
  }

  function row(key) {
    return h("li", {},
      h("div", {}, h("div", {}, key.name), h("code", { class: "soft" }, `${key.key_prefix}…`)),
      h("div", { class: "soft" }, key.tier),
      h("div", { class: "how soft" }, key.permissions.join(", ")),
      h("div", { class: "when soft" }, key.last_used_at ? `Used ${time(key.last_used_at)}` : "Never used"),
      h("div", { class: "do" }, may ? h("button", { "aria-label": `Revoke ${key.name}`, onclick: () => revoke(key) }, "Revoke") : null));
  }

  async function revoke(key) {
    if (!confirm(`Revoke the key "${key.name}"? Whoever uses it is refused from then on.`)) return;
    try {
      await call("DELETE", `api-keys/${encodeURIComponent(key.id)}`);
      toast(`${key.name} was revoked`);
      await load();
    } catch (error) {
      fill(told, errorBox(error));
    }
  }

  async function create(event) {
    event.preventDefault();
    fill(told);
    fill(once);
    try {
      const permissions = boxes.map((box) => box.querySelector("input")).filter(({ checked }) => checked).map(({ value }) => value);
      const made = await call("POST", "api-keys", { body: { name: name.value, permissions } });
      const secret = h("input", { id: "secret", readonly: true, value: made.secret });
      fill(once, h("section", { class: "card" }, field("The new key", secret, "It is shown this once: keep it where secrets are kept."),
        h("div", {}, h("button", { onclick: () => copy(secret) }, "Copy"))));
      event.target.reset();
      await load();
    } catch (error) {
      fill(told, errorBox(error));
    }
  }

  async function copy(secret) {
    secret.select();
    try {
      await navigator.clipboard.writeText(secret.value);
      toast("Copied");
    } catch {
      toast("It is selected: copy it with the keyboard");
    }
  }

  load();
  const form = h("form", { class: "card", onsubmit: create },
    h("h2", {}, "New key"), field("Name", name), h("fieldset", { class: "fields" }, h("legend", {}, "What it may do"), boxes),
    h("div", {}, h("button", { class: "main", type: "submit" }, "Create key")));
  return h("div", { class: "stack" }, told, once, rows, may ? form : null);
}
