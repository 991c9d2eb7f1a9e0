// Signing in with an API key.

import { signIn } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { errorBox, field } from "../lib/show.js";

/** `done` is called when somebody is signed in. */
export function signInView(done) {
  const key = h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const choice = h("div", {});
  const told = h("div", {});
  const button = h("button", { class: "main", type: "submit" }, "Sign in");

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    fill(told);
    try {
      const workspaces = await signIn(key.value.trim(), choice.querySelector("select")?.value);
      if (workspaces.length) {
        const options = workspaces.map((name) => h("option", { value: name }, name));
        fill(choice, field("Workspace", h("select", { id: "workspace" }, options)));
        choice.querySelector("select").focus();
      } else done();
    } catch (error) {
      fill(told, errorBox(error.status === 401 ? Object.assign(error, { message: "This key is not known, or no longer good." }) : error));
    } finally {
      button.disabled = false;
    }
  }

  const form = h("form", { onsubmit: submit },
    field("API key", key, "Kept in this tab only, and forgotten when it is closed."),
    choice, told, button);
  queueMicrotask(() => key.focus());
  const brand = h("div", { class: "brand" }, h("img", { src: "/console/icon.svg", alt: "", width: 26, height: 26 }), "Assay");
  return h("section", { class: "signin card" }, brand, h("h1", {}, "Sign in"), form);
}
