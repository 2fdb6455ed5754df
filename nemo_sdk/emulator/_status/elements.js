// What all parts of the page are made of.

// Whatever users typed reaches the page as text nodes alone: never as markup.
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children.map(child => (child instanceof Node ? child : String(child))));
  return element;
}

export const at = id => document.getElementById(id);
export const number = value => Number(value).toLocaleString("en", { maximumFractionDigits: 1 });
export const seconds = value => `${number(value)} s`;
export const clock = date => new Date(date).toLocaleTimeString("en-GB");
export const megabytes = bytes => (bytes < 1e6 ? `${number(bytes / 1e3)} kB` : `${number(bytes / 1e6)} MB`);

// The element of that name inside another, made where it is missing.
export function kept(parent, name, className, tag = "div") {
  const found = [...parent.children].find(child => child.dataset.name === name);
  if (found) return found;
  const element = make(tag, className);
  element.dataset.name = name;
  parent.append(element);
  return element;
}

// One element for each item, in their order; those that are in their place are not moved.
export function keepList(parent, items, nameOf, tag, className, drawOne) {
  const names = new Set(items.map(item => String(nameOf(item))));
  [...parent.children].filter(child => !names.has(child.dataset.name)).forEach(child => child.remove());
  items.forEach((item, place) => {
    const element = kept(parent, String(nameOf(item)), className, tag);
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place]);
    drawOne(element, item);
  });
}

// A button with a session's number, by which its card is found.
export function sessionLink(id) {
  const link = make("button", "session", `…${id.slice(-4)}`);
  link.type = "button";
  link.title = `session ${id}`;
  link.onclick = () => {
    at("search").value = id;
    at("search").dispatchEvent(new Event("input"));
  };
  return link;
}

export async function ask(path, method = "GET", body = undefined) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  return answer.json();
}
