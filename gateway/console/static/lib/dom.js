// Elements without markup: what a product, a file or a server says is always text.

/** An element. `props`: attributes, `on…` listeners, `class`; false, null and undefined are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  set(element, props);
  append(element, children);
  return element;
}

/** The same of a drawing. */
export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, props);
  append(element, children);
  return element;
}

/** Puts these into an element, instead of what it had. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

function set(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

function append(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}
