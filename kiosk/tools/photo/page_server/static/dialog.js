// The details of one photo: its crop, its portrait and every rule.

import { request } from "./api.js";
import { isWorking, portraitAddress, previewAddress } from "./cards.js";
import { CropEditor } from "./crop_editor.js";
import { address } from "./api.js";
import { byId, element, text } from "./elements.js";

const SIGNS = { pass: "✓", fail: "✗", unsure: "?", not_measured: "–" };

export class Details {
  /** `neighbour(id, step)` returns the photo before or after another one. */
  constructor(neighbour) {
    this.id = null;
    this.dialog = byId("details");
    this.editor = new CropEditor((sentence) => this.#showSentence(sentence, "bad"));
    byId("close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => (this.id = null));
    for (const [id, step] of [["previous", -1], ["next", 1]]) {
      byId(id).addEventListener("click", () => {
        const other = neighbour(this.id, step);
        if (other) this.open(other.id, other.aspect);
      });
    }
  }

  /** Show a photo; `aspect` is the width and height of its portrait. */
  async open(id, aspect) {
    this.id = id;
    this.aspect = aspect;
    if (!this.dialog.open) this.dialog.showModal();
    await this.#load();
  }

  /** Show the changes of the photo if it is open. */
  async update(photo) {
    if (photo.id !== this.id) return;
    if (isWorking(photo)) this.#showSentence(text("crop_making"), "good");
    else await this.#load();
  }

  /** Close if the photo is no longer on the page. */
  closeUnlessIn(order) {
    if (this.id !== null && !order.includes(this.id)) this.dialog.close();
  }

  async #load() {
    const id = this.id;
    let photo;
    try {
      photo = await request(`api/photos/${id}`);
    } catch (problem) {
      return this.#showSentence(problem.message, "bad");
    }
    if (id !== this.id) return;
    byId("details-name").textContent = photo.name;
    const noChoice = photo.portrait && !photo.crop ? text("crop_no_choice") : "";
    this.#showSentence(photo.problem || photo.notice || noChoice, photo.problem ? "bad" : "");
    this.#showPortrait(photo);
    const source = photo.preview ? previewAddress(photo) : "";
    this.editor.show(photo, source, text("alt_original", { name: photo.name }), isWorking(photo) ? null : photo.crop, this.aspect);
    this.#showVerdicts(photo.verdicts);
  }

  #showPortrait(photo) {
    byId("crop").hidden = byId("portrait").hidden = !photo.portrait;
    byId("trial").hidden = byId("trial-text").hidden = true;
    if (!photo.portrait) return;
    Object.assign(byId("portrait"), { src: portraitAddress(photo), alt: text("alt_portrait", { name: photo.name }) });
    byId("save").href = portraitAddress(photo, { download: "" });
    byId("recipe").href = address(`api/photos/${photo.id}/recipe.json`, { key: photo.portrait.key });
  }

  #showVerdicts(verdicts) {
    byId("verdicts").closest("table").hidden = !verdicts.length;
    byId("verdicts").replaceChildren(
      ...verdicts.map(({ rule, outcome, value, band, reason }) =>
        element(
          "tr",
          { className: outcome },
          element(
            "td",
            {},
            element("span", { className: "sign", textContent: SIGNS[outcome] }),
            rule,
            reason ? element("span", { className: "reason", textContent: reason }) : null,
          ),
          element("td", { textContent: value }),
          element("td", { textContent: band }),
        ),
      ),
    );
  }

  #showSentence(sentence, kind) {
    Object.assign(byId("details-sentence"), { hidden: !sentence, textContent: sentence || "", className: `note ${kind}` });
  }
}
