// The matte and the person's colours while strokes are painted; kiosk/capture/repair/matte_repair.py computes the same.
import { Coverage } from "./brush.js";

const LUMA = [0.299, 0.587, 0.114];
const BINOMIAL = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];
const SMOOTH_PASSES = 2;

export class Repair {
  // start: width, height, crop and person (Float32Array, RGB 0..1), alpha (Float32Array), face (Uint8Array), hue or null.
  constructor(start) {
    this.start = start;
    this.coverage = new Coverage(start.width, start.height);
    this.committed = { alpha: start.alpha.slice(), person: start.person.slice() };
    this.shown = { alpha: start.alpha.slice(), person: start.person.slice() };
    this.softened = null;
  }

  // Paint all strokes again, after an undo.
  replay(strokes) {
    this.committed.alpha.set(this.start.alpha);
    this.committed.person.set(this.start.person);
    this.shown.alpha.set(this.start.alpha);
    this.shown.person.set(this.start.person);
    for (const stroke of strokes) {
      this.begin(stroke);
      this.coverage.addStroke(stroke);
      this.show(stroke, this.coverage.box);
      this.commit();
    }
  }

  begin(stroke) {
    this.coverage.clear();
    this.softened = stroke.tool === "smooth" ? smoothed(this.committed.alpha, this.start) : null;
  }

  // Show the stroke so far, within a box.
  show(stroke, box) {
    if (!box) return;
    const [left, top, right, bottom] = box;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) this.#pixel(stroke.tool, y * this.start.width + x);
    }
  }

  commit() {
    this.#copy(this.shown, this.committed);
  }

  cancel() {
    this.#copy(this.committed, this.shown);
    const box = this.coverage.box;
    this.coverage.clear();
    return box;
  }

  #copy(from, to) {
    if (!this.coverage.box) return;
    const [left, top, right, bottom] = this.coverage.box;
    for (let y = top; y < bottom; y++) {
      const begin = y * this.start.width + left, end = y * this.start.width + right;
      to.alpha.set(from.alpha.subarray(begin, end), begin);
      to.person.set(from.person.subarray(3 * begin, 3 * end), 3 * begin);
    }
  }

  #pixel(tool, at) {
    const amount = this.start.face[at] ? 0 : this.coverage.values[at];
    if (tool === "remove_spill") this.#removeSpill(at, amount);
    else this.#changeAlpha(tool, at, amount);
  }

  #changeAlpha(tool, at, amount) {
    const before = this.committed.alpha[at];
    let after = before + (1 - before) * amount;
    if (tool === "remove") after = before * (1 - amount);
    if (tool === "smooth") after = before + (this.softened[at] - before) * amount;
    after = Math.min(1, Math.max(0, after));
    this.shown.alpha[at] = after;
    // Where a pixel becomes person, its own colour appears.
    const gained = Math.min(1, Math.max(0, (after - before) / Math.max(1 - before, 1e-6)));
    for (let place = 3 * at; place < 3 * at + 3; place++) {
      const colour = this.committed.person[place];
      this.shown.person[place] = colour + (this.start.crop[place] - colour) * gained;
    }
  }

  #removeSpill(at, amount) {
    const [hueBlue, hueRed] = this.start.hue;
    const [red, green, blue] = this.committed.person.subarray(3 * at, 3 * at + 3);
    const luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
    const part = Math.max(0, (blue - luma) * hueBlue + (red - luma) * hueRed) * amount;
    const newBlue = blue - part * hueBlue, newRed = red - part * hueRed;
    const newGreen = (luma - LUMA[0] * newRed - LUMA[2] * newBlue) / LUMA[1];
    [newRed, newGreen, newBlue].forEach((value, channel) => {
      this.shown.person[3 * at + channel] = Math.min(1, Math.max(0, value));
    });
  }
}

// Binomial weights over five pixels, twice.
function smoothed(alpha, { width, height }) {
  let values = Float64Array.from(alpha);
  for (let pass = 0; pass < SMOOTH_PASSES; pass++) {
    values = weighted(values, width, height, 0, 1);
    values = weighted(values, width, height, 1, 0);
  }
  return values;
}

function weighted(values, width, height, stepX, stepY) {
  const result = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let shift = -2; shift <= 2; shift++) {
        const column = Math.min(width - 1, Math.max(0, x + shift * stepX));
        const row = Math.min(height - 1, Math.max(0, y + shift * stepY));
        sum += BINOMIAL[shift + 2] * values[row * width + column];
      }
      result[y * width + x] = sum;
    }
  }
  return result;
}
