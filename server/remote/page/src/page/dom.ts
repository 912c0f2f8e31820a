/** Elements of the page. Texts are set as text, never as markup. */

type Child = Node | string | null;
type Attributes = Record<string, string | boolean | (() => void)>;

/** An element: functions become click handlers, true an empty attribute. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener("click", value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Replace the content of the page, move the focus to its heading, and scroll to it. */
export function show(root: HTMLElement, ...children: Child[]): void {
  root.replaceChildren(...children.filter((child) => child !== null));
  const heading = root.querySelector<HTMLElement>("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  root.scrollIntoView({ block: "start" });
}

/** A line that assistive technology reads out when it changes. */
export const statusLine = (text = "", name = "guide-status") =>
  el("p", { role: "status", "aria-live": "polite", class: name }, text);
