/** Blur, distance, morphology and connected parts, each as the OpenCV function of its comment. */
import { plane, rint, type Mask, type Plane } from "./picture";

/** cv2.GaussianBlur(plane, (0, 0), sigma) of floats: the border is reflected without its last pixel. */
export function blurred(from: Plane, sigma: number): Plane {
  const reach = ((rint(8 * sigma + 1) | 1) - 1) / 2;
  const weight = (k: number) => Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2));
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => weight(k));
  const sum = kernel.reduce((a, b) => a + b, 0);
  const weights = Float32Array.from(kernel, (value) => value / sum);
  return transposed(filtered(transposed(filtered(from, weights, reach)), weights, reach));
}

function filtered(from: Plane, weights: Float32Array, reach: number): Plane {
  const { width, height } = from;
  const out = plane(width, height);
  const padded = new Float32Array(width + 2 * reach);
  const places = Int32Array.from(padded, (_, k) => reflected(k - reach, width));
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let k = 0; k < padded.length; k++) padded[k] = from.data[start + places[k]!]!;
    for (let x = 0; x < width; x++) {
      let total = 0;
      for (let k = 0; k < weights.length; k++) total += weights[k]! * padded[x + k]!;
      out.data[start + x] = total;
    }
  }
  return out;
}

function transposed(from: Plane): Plane {
  const out = plane(from.height, from.width);
  for (let y = 0; y < from.height; y++) {
    for (let x = 0; x < from.width; x++) out.data[x * from.height + y] = from.data[y * from.width + x]!;
  }
  return out;
}

/** The place whose value replaces that of a place outside, as BORDER_REFLECT_101. */
export function reflected(place: number, size: number): number {
  if (size === 1) return 0;
  let at = place;
  while (at < 0 || at >= size) at = at < 0 ? -at : 2 * size - 2 - at;
  return at;
}

/** cv2.distanceTransform(~mask, DIST_L2, 3): pixels to the nearest set one. */
export function distances(mask: Mask, width: number, height: number): Float32Array {
  const [straight, diagonal] = [0.955, 1.3693];
  const far = Float32Array.from(mask, (on) => (on ? 0 : 1e6));
  const pass = (x: number, y: number, direction: number) => {
    const at = (u: number, v: number) => (u < 0 || v < 0 || u >= width || v >= height ? 1e6 : far[v * width + u]!);
    const row = y - direction;
    far[y * width + x] = Math.min(
      far[y * width + x]!,
      at(x, row) + straight,
      at(x - direction, y) + straight,
      at(x - 1, row) + diagonal,
      at(x + 1, row) + diagonal,
    );
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pass(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) pass(x, y, -1);
  return far;
}

export type Kernel = [number, number][];

/** 3 x 3 pixels. */
export const SQUARE: Kernel = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx): [number, number] => [dx, dy]));

/** cv2.getStructuringElement(MORPH_ELLIPSE) of 2 `reach` + 1 pixels. */
export function ellipse(reach: number): Kernel {
  const kernel: Kernel = [];
  for (let dy = -reach; dy <= reach; dy++) {
    const half = rint(Math.sqrt(reach * reach - dy * dy));
    for (let dx = -half; dx <= half; dx++) kernel.push([dx, dy]);
  }
  return kernel;
}

export const dilated = (mask: Mask, width: number, kernel: Kernel) => morphed(mask, width, kernel, 1);

/** Pixels outside the picture remove nothing. */
export const eroded = (mask: Mask, width: number, kernel: Kernel) => morphed(mask, width, kernel, 0);

/** `value` where any pixel under the kernel has it, else the other value. */
function morphed(mask: Mask, width: number, kernel: Kernel, value: 0 | 1): Mask {
  const height = mask.length / width;
  const out = new Uint8Array(mask.length).fill(1 - value);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [dx, dy] of kernel) {
        const [u, v] = [x + dx, y + dy];
        if (u >= 0 && v >= 0 && u < width && v < height && mask[v * width + u] === value) {
          out[y * width + x] = value;
          break;
        }
      }
    }
  }
  return out;
}

/** cv2.connectedComponents with 8 neighbours: 0 where not set, then 1, 2, ... */
export function connectedParts(mask: Mask, width: number): { labels: Int32Array; sizes: number[] } {
  const height = mask.length / width;
  const labels = new Int32Array(mask.length);
  const sizes = [0];
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || labels[start]) continue;
    const open = [start];
    labels[start] = sizes.length;
    let size = 0;
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      size++;
      const [x, y] = [place % width, Math.floor(place / width)];
      for (const [dx, dy] of SQUARE) {
        const [u, v] = [x + dx, y + dy];
        const next = v * width + u;
        if (u < 0 || v < 0 || u >= width || v >= height || !mask[next] || labels[next]) continue;
        labels[next] = sizes.length;
        open.push(next);
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}

/** The values where the mask is set. */
export function picked(values: Float32Array, mask: Mask): Float32Array {
  let many = 0;
  for (const on of mask) many += on;
  const out = new Float32Array(many);
  for (let i = 0, k = 0; i < mask.length; i++) if (mask[i]) out[k++] = values[i]!;
  return out;
}

export const count = (mask: Mask) => mask.reduce((total, on) => total + on, 0);
export const and = (a: Mask, b: Mask): Mask => a.map((on, i) => on & b[i]!);
export const or = (a: Mask, b: Mask): Mask => a.map((on, i) => on | b[i]!);
export const without = (a: Mask, b: Mask): Mask => a.map((on, i) => on & (1 - b[i]!));
