// The brush: three views of one portrait, the strokes painted on it, and the commands of keys and buttons.
import { dab } from "./brush.js";
import { Painting } from "./painting.js";
import { compose, faceSheets, sheet } from "./pictures.js";
import { Repair } from "./repair.js";
import { Viewport } from "./viewport.js";

const VIEWS = ["portrait", "matte", "crop"];

export class Editor {
  constructor(elements, start, strokes, data, onChange, showMessage) {
    Object.assign(this, { elements, start, strokes, data, onChange, showMessage });
    const { width, height } = start;
    this.sheets = { portrait: sheet(width, height), matte: sheet(width, height), crop: sheet(width, height) };
    this.before = sheet(width, height);
    this.view = "portrait";
    this.flipped = this.flashing = this.spaceDown = false;
    this.pointer = null;
    this.repair = new Repair(start);
    this.viewport = new Viewport(elements.canvas, width, height);
    [this.outline, this.area] = faceSheets(start);
    compose("portrait", start, start, null, this.before);
    this.reload();
    this.painting = new Painting(elements.canvas, this);
    new ResizeObserver(() => this.redraw()).observe(elements.canvas);
  }

  // --- what painting.js calls ---

  brush() {
    const { size, hardness, pen } = this.elements;
    return {
      tool: document.querySelector("input[name=tool]:checked").value,
      size: Number(size.value),
      hardness: Number(hardness.value),
      pen: pen.checked,
      minPressure: this.data.limits.min_pressure,
    };
  }

  panning() {
    return this.spaceDown || this.flipped;
  }

  begin(stroke) {
    if (this.strokes.full) {
      this.showMessage("too_many");
      return false;
    }
    this.repair.begin(stroke);
    return this.extend(stroke, stroke.points[0], stroke.points[0]);
  }

  extend(stroke, first, last) {
    const { width, height } = this.start;
    const box = this.repair.coverage.add(
      dab(stroke, first, width, height), dab(stroke, last, width, height), stroke.hardness,
    );
    this.repair.show(stroke, box);
    if (box) this.#compose(box);
    return this.strokes.points + stroke.points.length < this.data.limits.points;
  }

  end(stroke) {
    this.repair.commit();
    this.strokes.add(stroke);
    this.onChange();
  }

  cancel() {
    const box = this.repair.cancel();
    if (box) this.#compose(box);
  }

  refuse() {
    this.showMessage("on_face");
    this.flashing = true;
    clearTimeout(this.flash);
    this.flash = setTimeout(() => {
      this.flashing = false;
      this.redraw();
    }, 1500);
    this.redraw();
  }

  move(place) {
    this.pointer = place;
    this.redraw();
  }

  // --- buttons and keys ---

  undo() {
    if (this.strokes.undo()) this.reload();
  }

  redo() {
    if (this.strokes.redo()) this.reload();
  }

  clear() {
    this.strokes.clear();
    this.reload();
  }

  reload() {
    this.repair.replay(this.strokes.list);
    this.#compose(null);
    this.onChange();
  }

  show(view) {
    this.view = view;
    this.redraw();
    this.onChange();
  }

  nextView() {
    this.show(VIEWS[(VIEWS.indexOf(this.view) + 1) % VIEWS.length]);
  }

  flip() {
    this.flipped = !this.flipped;
    this.redraw();
    this.onChange();
  }

  zoomBy(factor) {
    this.viewport.zoomBy(factor);
    this.redraw();
  }

  fit() {
    this.viewport.fit();
    this.redraw();
  }

  // --- drawing, once a frame ---

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.#draw();
    });
  }

  #compose(box) {
    for (const view of VIEWS) compose(view, this.start, this.repair.shown, box, this.sheets[view]);
    this.redraw();
  }

  #draw() {
    if (!this.viewport.resize()) return;
    const shown = this.flipped ? this.before : this.sheets[this.view];
    const context = this.viewport.draw([shown, this.outline, ...(this.flashing ? [this.area] : [])]);
    this.#drawMarks(context);
    if (this.pointer && !this.panning()) this.#drawBrush(context);
    this.elements.zoom.textContent = `${Math.round((100 * this.viewport.zoom) / (window.devicePixelRatio || 1))} %`;
    const others = VIEWS.filter((view) => view !== this.view);
    this.elements.small.forEach((canvas, place) => {
      canvas.getContext("2d").drawImage(this.sheets[others[place]], 0, 0, canvas.width, canvas.height);
      canvas.parentElement.dataset.view = others[place];
    });
  }

  #drawMarks(context) {
    context.lineWidth = 2 / this.viewport.zoom;
    context.strokeStyle = "#dd9a1d";
    for (const [x, y, w, h] of this.data.marks) {
      context.strokeRect(x * this.start.width, y * this.start.height, w * this.start.width, h * this.start.height);
    }
  }

  #drawBrush(context) {
    const { width, height } = this.start, { size, hardness } = this.brush();
    const x = this.pointer[0] * width, y = this.pointer[1] * height, radius = (size * width) / 2;
    for (const [share, colour] of [[1, "#1c2b2a"], [hardness, "rgb(28 43 42 / 35%)"]]) {
      context.beginPath();
      context.arc(x, y, Math.max(0.5, radius * share), 0, 2 * Math.PI);
      context.lineWidth = 3 / this.viewport.zoom;
      context.strokeStyle = "rgb(255 255 255 / 70%)";
      context.stroke();
      context.lineWidth = 1.2 / this.viewport.zoom;
      context.strokeStyle = colour;
      context.stroke();
    }
  }
}
