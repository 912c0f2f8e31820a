// From pointer events to strokes: mouse, pen with pressure, and fingers (one paints, two move and zoom).
import { dab } from "./brush.js";

const MIN_STEP = 0.75; // pixels of the picture
const STEP_OF_RADIUS = 0.15;
const PLAIN_PRESSURE = 1;

// editor: viewport, start, brush() -> {tool, size, hardness, pen}, panning, and the callbacks begin(stroke),
// extend(stroke, first, last), end(stroke), cancel(), refuse(), move(), redraw().
export class Painting {
  constructor(canvas, editor) {
    this.editor = editor;
    this.canvas = canvas;
    this.stroke = null;
    this.fingers = new Map();
    this.dragged = null; // the last position while the picture is dragged
    this.painting = null; // the pointer that paints
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#moved(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.#up(event));
    canvas.addEventListener("pointerleave", () => editor.move(null));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  #down(event) {
    event.preventDefault();
    this.canvas.focus();
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.editor.viewport.onCanvas(event);
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, at);
      if (this.fingers.size > 1) {
        this.#abandon();
        return;
      }
    }
    if (event.button !== 0 || this.editor.panning()) {
      this.dragged = at;
      return;
    }
    this.painting = event.pointerId;
    this.#paint(event);
  }

  #moved(event) {
    const at = this.editor.viewport.onCanvas(event);
    this.editor.move(this.editor.viewport.inPicture(at));
    if (this.fingers.size === 1 && this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, at);
    if (this.fingers.size > 1 && this.fingers.has(event.pointerId)) {
      this.#pinch(event.pointerId, at);
    } else if (this.dragged) {
      this.editor.viewport.pan(at[0] - this.dragged[0], at[1] - this.dragged[1]);
      this.dragged = at;
    } else if (this.painting === event.pointerId) {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [event]) this.#paint(one);
    }
    this.editor.redraw();
  }

  #up(event) {
    this.fingers.delete(event.pointerId);
    this.dragged = null;
    if (this.painting !== event.pointerId) return;
    this.painting = null;
    this.#finish();
  }

  #wheel(event) {
    event.preventDefault();
    const [x, y] = this.editor.viewport.onCanvas(event);
    this.editor.viewport.zoomAt(Math.exp(-event.deltaY / 500), x, y);
    this.editor.redraw();
  }

  // Two fingers: their middle moves the picture, their distance zooms it.
  #pinch(id, at) {
    const [one, other] = [...this.fingers.values()];
    const before = pair(one, other);
    this.fingers.set(id, at);
    const after = pair(...this.fingers.values());
    this.editor.viewport.pan(after.x - before.x, after.y - before.y);
    if (before.apart > 0) this.editor.viewport.zoomAt(after.apart / before.apart, after.x, after.y);
  }

  // Strokes never cross the face: a stroke ends there, and another one begins when the pointer has left the face.
  #paint(event) {
    const { viewport, start } = this.editor;
    const [x, y] = viewport.inPicture(viewport.onCanvas(event));
    const brush = this.editor.brush();
    const pressure = brush.pen && event.pointerType === "pen" ? event.pressure : PLAIN_PRESSURE;
    const point = [round(x), round(y), Math.max(brush.minPressure, Math.round(100 * pressure) / 100)];
    const last = this.stroke?.points.at(-1);
    if (crossesFace(last ?? point, point, start)) {
      this.#finish();
      this.editor.refuse();
    } else if (!this.stroke) {
      const stroke = { tool: brush.tool, size: brush.size, hardness: brush.hardness, points: [point] };
      if (this.editor.begin(stroke)) this.stroke = stroke;
    } else if (isStep(this.stroke, last, point, start)) {
      this.stroke.points.push(point);
      if (!this.editor.extend(this.stroke, last, point)) this.#finish();
    }
  }

  #finish() {
    if (this.stroke) this.editor.end(this.stroke);
    this.stroke = null;
  }

  #abandon() {
    this.painting = null;
    if (this.stroke) this.editor.cancel();
    this.stroke = null;
  }
}

function isStep(stroke, last, point, { width, height }) {
  const radius = dab(stroke, point, width, height).radius;
  const apart = Math.hypot((point[0] - last[0]) * width, (point[1] - last[1]) * height);
  return apart >= Math.max(MIN_STEP, radius * STEP_OF_RADIUS);
}

// Whether the middle of the brush passes over the face between two points; checked every half pixel.
export function crossesFace(first, last, { width, height, face }) {
  const dx = (last[0] - first[0]) * width, dy = (last[1] - first[1]) * height;
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(dx, dy)));
  for (let step = 0; step <= steps; step++) {
    const x = Math.floor(first[0] * width + (dx * step) / steps);
    const y = Math.floor(first[1] * height + (dy * step) / steps);
    if (x >= 0 && y >= 0 && x < width && y < height && face[y * width + x]) return true;
  }
  return false;
}

function pair(one, other) {
  return {
    x: (one[0] + other[0]) / 2,
    y: (one[1] + other[1]) / 2,
    apart: Math.hypot(one[0] - other[0], one[1] - other[1]),
  };
}

// Positions are shares of the picture, at most half of it outside.
function round(share) {
  return Math.round(10000 * Math.min(1.5, Math.max(-0.5, share))) / 10000;
}
