// How much of every pixel a stroke covers; kiosk/capture/repair/brush.py computes the same, so that the preview shows
// what the server will make.

const MIN_RADIUS = 0.75;
const SOFT_EDGE = 1;

// The coverage 0..1 of one stroke over the whole picture, and the box (left, top, right, bottom) that it touches.
export class Coverage {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.values = new Float64Array(width * height);
    this.box = null;
  }

  clear() {
    if (this.box) {
      const [left, top, right, bottom] = this.box;
      for (let y = top; y < bottom; y++) this.values.fill(0, y * this.width + left, y * this.width + right);
    }
    this.box = null;
  }

  // Add the brush moved from one dab to the next; the radius changes evenly. Returns the box that changed, or null.
  add(first, last, hardness) {
    const box = boundingBox(first, last, this.width, this.height);
    if (!box) return null;
    const [left, top, right, bottom] = box;
    const dx = last.x - first.x, dy = last.y - first.y, length = dx * dx + dy * dy;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const x = column + 0.5 - first.x, y = row + 0.5 - first.y;
        const share = length ? Math.min(1, Math.max(0, (x * dx + y * dy) / length)) : 0;
        const across = x - share * dx, down = y - share * dy;
        const radius = first.radius + (last.radius - first.radius) * share;
        const distance = Math.sqrt(across * across + down * down) / radius;
        const hard = Math.max(0, Math.min(hardness, 1 - SOFT_EDGE / radius));
        const fade = Math.min(1, Math.max(0, (distance - hard) / (1 - hard)));
        const value = 1 - fade * fade * (3 - 2 * fade);
        const at = row * this.width + column;
        if (value > this.values[at]) this.values[at] = value;
      }
    }
    this.box = this.box ? union(this.box, box) : box;
    return box;
  }

  addStroke(stroke) {
    const dabs = stroke.points.map((point) => dab(stroke, point, this.width, this.height));
    if (dabs.length === 1) this.add(dabs[0], dabs[0], stroke.hardness);
    for (let at = 1; at < dabs.length; at++) this.add(dabs[at - 1], dabs[at], stroke.hardness);
  }
}

// A point of a stroke in pixels.
export function dab(stroke, [x, y, pressure], width, height) {
  return { x: x * width, y: y * height, radius: Math.max(MIN_RADIUS, ((stroke.size * width) / 2) * pressure) };
}

export function union(one, other) {
  return [
    Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[2], other[2]), Math.max(one[3], other[3]),
  ];
}

function boundingBox(first, last, width, height) {
  const left = Math.max(0, Math.floor(Math.min(first.x - first.radius, last.x - last.radius)));
  const top = Math.max(0, Math.floor(Math.min(first.y - first.radius, last.y - last.radius)));
  const right = Math.min(width, Math.ceil(Math.max(first.x + first.radius, last.x + last.radius)) + 1);
  const bottom = Math.min(height, Math.ceil(Math.max(first.y + first.radius, last.y + last.radius)) + 1);
  return left < right && top < bottom ? [left, top, right, bottom] : null;
}
