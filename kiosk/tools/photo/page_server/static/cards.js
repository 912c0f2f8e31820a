// The photos as cards: the original with its crop next to the portrait, or the reason why there is none.

import { address, post } from "./api.js";
import { byId, element, framedPicture, showMessage, text } from "./elements.js";

/** The group of a photo for the filter: right, look (a person has to look), refused, or working. */
export function groupOf(photo) {
  if (photo.state === "refused") return "refused";
  if (!photo.portrait) return "working";
  return photo.portrait.summary === "right" ? "right" : "look";
}

/** Whether the photo's portrait is being made. */
export const isWorking = (photo) => photo.state === "waiting" || photo.state === "making";

export const previewAddress = (photo) => address(`api/photos/${photo.id}/preview.jpg`);
export const portraitAddress = (photo, more = {}) => address(`api/photos/${photo.id}/portrait.jpg`, { key: photo.portrait.key, ...more });

/** The card of a photo; `open` shows its details. */
export function card(photo, open) {
  const item = element("li", { className: `photo card ${groupOf(photo)}` });
  item.dataset.id = photo.id;
  item.append(pair(photo, open), head(photo), ...explanation(photo), buttons(photo, open));
  return item;
}

function pair(photo, open) {
  return element("div", { className: "pair" }, photo.preview ? original(photo, open) : noPreview(photo), portraitSide(photo));
}

function original(photo, open) {
  const button = element("button", { type: "button", onclick: () => open(photo.id) });
  button.setAttribute("aria-label", text("details", { name: photo.name }));
  button.append(framedPicture(previewAddress(photo), text("alt_original", { name: photo.name }), photo.portrait?.corners));
  return button;
}

function noPreview(photo) {
  return element("div", { className: "placeholder", textContent: photo.state === "refused" ? text("no_preview") : "" });
}

function portraitSide(photo) {
  const side = element("div", { className: "portrait" });
  if (photo.portrait) {
    const description = text("alt_portrait", { name: photo.name });
    side.append(element("img", { src: portraitAddress(photo), alt: description, decoding: "async" }));
    return side;
  }
  const refused = photo.state === "refused";
  const kind = refused ? "no" : photo.state === "making" ? "making" : "";
  side.append(element("div", { className: `placeholder ${kind}`, textContent: text(photo.state) }));
  return side;
}

function head(photo) {
  return element("div", { className: "photo-head" }, element("span", { className: "photo-name", textContent: photo.name }), tag(photo));
}

/** The state of a photo, or the summary of its portrait's verdicts, as one word. */
export function tag(photo) {
  const kind = isWorking(photo) || !photo.portrait ? photo.state : photo.portrait.summary;
  return element("span", { className: `tag ${kind}`, textContent: text(kind) });
}

function explanation(photo) {
  const parts = [];
  if (photo.problem) parts.push(element("p", { className: "photo-sentence bad", textContent: photo.problem }));
  if (photo.notice) parts.push(element("p", { className: "note small", textContent: photo.notice }));
  if (photo.portrait) {
    const { passed, rules, adjusted } = photo.portrait;
    const count = text("rules_passed", { passed, rules }) + (adjusted ? ` · ${text("adjusted")}` : "");
    parts.push(element("p", { className: "soft small", textContent: count }));
    if (photo.portrait.open.length) parts.push(openRules(photo.portrait.open));
  }
  return parts;
}

function openRules(verdicts) {
  return element(
    "ul",
    { className: "open" },
    ...verdicts.map(({ rule, outcome, value, reason }) =>
      element("li", { className: outcome }, element("b", { textContent: rule }), ` ${value} ${reason}`),
    ),
  );
}

function buttons(photo, open) {
  const row = element("div", { className: "photo-buttons" });
  if (photo.portrait) {
    row.append(
      element("button", { type: "button", className: "button quiet tiny", textContent: byId("crop").querySelector("h3").textContent, onclick: () => open(photo.id) }),
      element("a", { className: "button quiet tiny", href: portraitAddress(photo, { download: "" }), download: "", textContent: text("save") }),
    );
  }
  const remove = element("button", { type: "button", className: "button quiet tiny remove", textContent: text("remove") });
  remove.setAttribute("aria-label", `${text("remove")}: ${photo.name}`);
  remove.addEventListener("click", () => post(`api/photos/${photo.id}/remove`).catch((problem) => showMessage("remove", problem.message, "bad")));
  row.append(remove);
  return row;
}
