// Elements and texts. Names of files are only ever set as text, never as HTML.

const page = JSON.parse(document.getElementById("texts").textContent);

export const language = page.language;
export const maxBytes = page.max_bytes;
export const headBytes = page.head_bytes;

/** The text of an id, with its {placeholders} filled. */
export function text(key, values = {}) {
  return page.texts[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export const byId = (id) => document.getElementById(id);

/** A new element with properties and children; `false` and `null` children are left out. */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** A picture with a crop drawn on it; `corners` are shares of its width and height. */
export function framedPicture(source, description, corners) {
  const frame = element("span", { className: "frame" }, element("img", { src: source, alt: description, decoding: "async" }));
  if (corners) {
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("viewBox", "0 0 1 1");
    drawing.setAttribute("preserveAspectRatio", "none");
    drawing.setAttribute("aria-hidden", "true");
    for (const name of ["outside", "edge"]) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      path.setAttribute("fill-rule", "evenodd");
      drawing.append(path);
    }
    frame.append(drawing);
    drawCrop(frame, corners);
  }
  return frame;
}

/** Draw the crop of a framed picture again. */
export function drawCrop(frame, corners) {
  const outline = "M" + corners.map(([x, y]) => `${x} ${y}`).join("L") + "Z";
  const [outside, edge] = frame.querySelectorAll("path");
  outside.setAttribute("d", "M0 0H1V1H0Z" + outline);
  edge.setAttribute("d", outline);
}

/** Show a message until it is closed; it replaces an earlier message with the same key. */
export function showMessage(key, sentence, kind = "") {
  const place = byId("messages");
  place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.remove();
  const note = element("div", { className: `note ${kind}` }, element("span", { textContent: sentence }));
  note.dataset.key = key;
  const close = element("button", { type: "button", textContent: "×", onclick: () => note.remove() });
  close.setAttribute("aria-label", byId("close").textContent);
  note.append(close);
  place.append(note);
}
