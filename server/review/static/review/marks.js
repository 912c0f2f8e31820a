// Marks in the portrait: a click or a drag draws a rectangle, which belongs to the reason that was chosen last.

import { capture } from "./stage.js";

const SVG = "http://www.w3.org/2000/svg";
const CLICK = { w: 0.16, h: 0.12 }; // shares of the portrait: the mark of a click without a drag
const SMALLEST = 0.02;

export class Marks {
  constructor(stage, form, button, hint) {
    Object.assign(this, { stage, form, button, hint });
    this.svg = document.getElementById("marks");
    this.drawing = null;
    stage.element.addEventListener("pointerdown", (event) => this.begin(event));
    stage.element.addEventListener("pointermove", (event) => this.extend(event));
    stage.element.addEventListener("pointerup", () => this.end());
    stage.element.addEventListener("pointercancel", () => this.stop());
    this.draw();
  }

  get active() {
    return Boolean(this.stage.onmark);
  }

  get chosen() {
    return [...this.form.querySelectorAll("input[name=reason]:checked")];
  }

  // The reason that the next mark belongs to: the one chosen last, as long as it is chosen.
  get reason() {
    return this.latest && this.latest.checked ? this.latest : this.chosen.at(-1);
  }

  choose(checkbox) {
    if (checkbox.checked) this.latest = checkbox;
    else this.store(checkbox, "");
    this.draw();
  }

  toggle() {
    if (this.active) return this.stop();
    if (this.stage.view === "whole") this.stage.show("portrait");
    this.stage.onmark = this;
    this.draw();
  }

  stop() {
    const wasActive = this.active;
    this.stage.onmark = null;
    this.drawing = null;
    this.draw();
    return wasActive;
  }

  begin(event) {
    if (!this.active || event.button !== 0 || !this.reason) return;
    event.preventDefault();
    capture(this.stage.element, event);
    const start = this.stage.placeAt(event.clientX, event.clientY);
    this.drawing = { start, end: start };
  }

  extend(event) {
    if (!this.drawing) return;
    this.drawing.end = this.stage.placeAt(event.clientX, event.clientY);
    this.draw();
  }

  end() {
    if (!this.drawing) return;
    const mark = rectangle(this.drawing);
    this.store(this.reason, [mark.x, mark.y, mark.w, mark.h].map((share) => share.toFixed(4)).join(","));
    this.stop();
  }

  store(checkbox, text) {
    const field = this.form.querySelector(`input[name="mark_${CSS.escape(checkbox.value)}"]`);
    field.value = text;
  }

  // Redraw every mark with the number of its reason, and what the reviewer has to do next.
  draw() {
    let number = 0;
    this.svg.replaceChildren();
    for (const checkbox of this.form.querySelectorAll("input[name=reason]")) {
      const text = checkbox.checked ? this.form.querySelector(`input[name="mark_${CSS.escape(checkbox.value)}"]`).value : "";
      const [x, y, w, h] = text.split(",").map(Number);
      checkbox.parentElement.dataset.mark = text ? ++number : "";
      if (text) this.svg.append(shape({ x, y, w, h }, number));
    }
    if (this.drawing) this.svg.append(shape(rectangle(this.drawing), number + 1));
    this.stage.element.classList.toggle("marking", this.active);
    this.button.setAttribute("aria-pressed", this.active);
    this.hint.hidden = !this.active;
    const { first, draw } = this.hint.dataset;
    this.hint.textContent = this.reason ? draw.replace("#", labelOf(this.reason)) : first;
  }
}

export function shape(mark, number) {
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", "mark");
  const percent = (share) => `${(100 * share).toFixed(2)}%`;
  const box = { x: percent(mark.x), y: percent(mark.y), width: percent(mark.w), height: percent(mark.h), rx: 6 };
  group.append(element("rect", box));
  const label = element("text", { x: box.x, y: box.y, dx: 5, dy: 17 });
  label.textContent = number || "";
  group.append(label);
  return group;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const labelOf = (checkbox) => checkbox.parentElement.querySelector("span").textContent;

// The rectangle of a drag; of a click, one of usual size around the point. It lies within the portrait.
function rectangle({ start, end }) {
  let [x, y] = [Math.min(start.x, end.x), Math.min(start.y, end.y)];
  let [w, h] = [Math.abs(start.x - end.x), Math.abs(start.y - end.y)];
  if (w < SMALLEST || h < SMALLEST) {
    [x, y, w, h] = [end.x - CLICK.w / 2, end.y - CLICK.h / 2, CLICK.w, CLICK.h];
    x = Math.min(Math.max(0, x), 1 - w);
    y = Math.min(Math.max(0, y), 1 - h);
  }
  return { x, y, w, h };
}
