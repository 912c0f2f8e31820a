// Change the crop of one photo within the rules. For every movement the server returns the nearest crop that keeps
// them, so this script contains no rule.

import { post } from "./api.js";
import { byId, drawCrop, framedPicture } from "./elements.js";

const SLIDERS = ["crop-width", "crop-x", "crop-y"];
const MIN_CHOICE_PX = 1; // of the picture: a smaller range is no choice

export class CropEditor {
  /** `onProblem` is called with a sentence. */
  constructor(onProblem) {
    this.onProblem = onProblem;
    this.crop = null;
    for (const id of SLIDERS) byId(id).addEventListener("input", () => this.#readSliders());
    byId("crop").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#use({ centre: this.crop.centre, width: this.crop.width });
    });
    byId("crop-reset").addEventListener("click", () => this.#use({ reset: true }));
    byId("editor").addEventListener("pointerdown", (event) => this.#drag(event));
  }

  /** Show a photo: its picture and its crop, or no crop that can be changed. */
  show(photo, source, description, crop, aspect) {
    this.photo = photo;
    this.crop = crop;
    this.aspect = aspect;
    this.changed = false;
    const corners = crop?.corners || photo.portrait?.corners;
    this.frame = framedPicture(source, description, corners);
    byId("editor").replaceChildren(...this.frame.childNodes);
    this.frame = byId("editor");
    this.frame.classList.toggle("movable", Boolean(crop));
    this.#showCrop();
  }

  #showCrop() {
    const trial = byId("trial");
    const limits = this.crop?.limits;
    const values = this.crop && {
      "crop-width": [limits.width, limits.width[0] + limits.width[1] - this.crop.width], // to the right: a larger head
      "crop-x": [limits.x, this.crop.centre[0]],
      "crop-y": [limits.y, this.crop.centre[1]],
    };
    for (const id of SLIDERS) {
      const slider = byId(id);
      const [range, value] = values ? values[id] : [[0, 0], 0];
      Object.assign(slider, { min: range[0], max: range[1], disabled: range[1] - range[0] < MIN_CHOICE_PX });
      slider.value = value;
    }
    trial.hidden = byId("trial-text").hidden = !this.changed;
    byId("portrait").hidden = this.changed || !this.photo.portrait;
    byId("crop-use").disabled = !this.changed;
    byId("crop-reset").disabled = !this.photo.portrait?.adjusted && !this.changed;
    if (!this.crop) return;
    drawCrop(this.frame, this.crop.corners);
    if (this.changed) this.#drawTrial(trial);
  }

  /** Draw the content of the crop, from the small copy of the original. */
  #drawTrial(canvas) {
    const picture = this.frame.querySelector("img");
    const [columns, rows] = this.aspect;
    Object.assign(canvas, { width: columns, height: rows });
    const scale = columns / this.crop.width;
    const turn = (this.crop.angle * Math.PI) / 180;
    const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
    const left = this.crop.centre[0] - this.crop.width / 2;
    const top = this.crop.centre[1] - this.crop.height / 2;
    const drawing = canvas.getContext("2d");
    drawing.setTransform(cos, -sin, sin, cos, -left * scale, -top * scale);
    drawing.drawImage(picture, 0, 0, this.crop.picture[0], this.crop.picture[1]);
  }

  #readSliders() {
    const { width } = this.crop.limits;
    this.#move([Number(byId("crop-x").value), Number(byId("crop-y").value)], width[0] + width[1] - byId("crop-width").value);
  }

  #drag(event) {
    if (!this.crop) return;
    event.preventDefault();
    const box = this.frame.querySelector("img").getBoundingClientRect();
    const zoom = this.crop.picture[0] / box.width;
    const turn = (this.crop.angle * Math.PI) / 180;
    const [startX, startY] = this.crop.centre;
    const onMove = (moved) => {
      const across = (moved.clientX - event.clientX) * zoom;
      const down = (moved.clientY - event.clientY) * zoom;
      const x = startX + Math.cos(turn) * across + Math.sin(turn) * down;
      const y = startY + Math.cos(turn) * down - Math.sin(turn) * across;
      this.#move([x, y], this.crop.width);
    };
    this.frame.setPointerCapture(event.pointerId);
    this.frame.addEventListener("pointermove", onMove);
    for (const end of ["pointerup", "pointercancel"]) {
      this.frame.addEventListener(end, () => this.frame.removeEventListener("pointermove", onMove), { once: true });
    }
  }

  /** Request the nearest allowed crop. During a request only the newest movement is kept. */
  async #move(centre, width) {
    this.requested = { centre, width };
    if (this.isRequesting) return;
    this.isRequesting = true;
    const photo = this.photo;
    try {
      while (this.requested && photo === this.photo) {
        const body = this.requested;
        this.requested = null;
        const crop = await post(`api/photos/${photo.id}/crop`, body);
        if (photo !== this.photo) break;
        this.crop = crop;
        this.changed = true;
        this.#showCrop();
      }
    } catch (problem) {
      this.onProblem(problem.message);
    } finally {
      this.isRequesting = false;
    }
  }

  async #use(body) {
    byId("crop-use").disabled = byId("crop-reset").disabled = true;
    try {
      await post(`api/photos/${this.photo.id}/portrait`, body);
    } catch (problem) {
      this.onProblem(problem.message);
    }
  }
}
