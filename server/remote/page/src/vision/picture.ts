/** Pictures and planes, and resizing as OpenCV does it, so that the metrics agree with `kiosk.guidance`. */

/** RGBA, 8 bits, as a canvas delivers it; alpha is not used. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

export interface Plane {
  width: number;
  height: number;
  data: Float32Array;
}

/** 1 where set. */
export type Mask = Uint8Array;

/** left, top, right, bottom. */
export type Box = [number, number, number, number];

export const plane = (width: number, height: number): Plane => ({
  width,
  height,
  data: new Float32Array(width * height),
});

export const mapped = (from: Plane, change: (value: number, place: number) => number): Plane => ({
  ...from,
  data: from.data.map(change),
});

/** Round halves to even, as Python and OpenCV do. */
export function rint(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/** The part of a picture at another size: halved as often as `pyramid_down` does, then INTER_AREA, or INTER_LINEAR
 * where it grows. */
export function resized(picture: Picture, box: Box, width: number, height: number): Picture {
  let [from, part] = [picture, box];
  while (part[2] - part[0] >= 4 * width && part[3] - part[1] >= 4 * height) {
    from = halved(from, part);
    part = [0, 0, from.width, from.height];
  }
  const [wide, high] = [part[2] - part[0], part[3] - part[1]];
  const across = width < wide ? areas(wide, width) : linears(wide, width);
  const down = height < high ? areas(high, height) : linears(high, height);
  return combined(from, part, across, down);
}

/** Means of 2 x 2 pixels; in an odd last row or column, of the pixels that exist. */
function halved(from: Picture, [left, top, right, bottom]: Box): Picture {
  const width = rint((right - left) / 2);
  const height = rint((bottom - top) / 2);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const rows = Math.min(2, bottom - top - 2 * y);
    for (let x = 0; x < width; x++) {
      const columns = Math.min(2, right - left - 2 * x);
      for (let c = 0; c < 3; c++) {
        let total = 0;
        for (let v = 0; v < rows; v++) {
          for (let u = 0; u < columns; u++) {
            total += from.data[((top + 2 * y + v) * from.width + left + 2 * x + u) * 4 + c]!;
          }
        }
        const many = rows * columns;
        data[(y * width + x) * 4 + c] = many === 4 ? (total + 2) >> 2 : total / many;
      }
    }
  }
  return { width, height, data };
}

/** For each place of the result: the places of the source that it covers, and their weights. */
interface Shares {
  first: Int32Array;
  weights: Float32Array[];
}

function combined(from: Picture, [left, top, right]: Box, across: Shares, down: Shares): Picture {
  const [width, height, wide] = [across.first.length, down.first.length, right - left];
  const data = new Uint8ClampedArray(width * height * 4);
  const row = new Float32Array(wide * 3);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    down.weights[y]!.forEach((weight, k) => {
      let at = ((top + down.first[y]! + k) * from.width + left) * 4;
      for (let x = 0; x < wide * 3; x += 3, at += 4) {
        row[x]! += weight * from.data[at]!;
        row[x + 1]! += weight * from.data[at + 1]!;
        row[x + 2]! += weight * from.data[at + 2]!;
      }
    });
    for (let x = 0; x < width; x++) gather(row, across.first[x]! * 3, across.weights[x]!, data, (y * width + x) * 4);
  }
  return { width, height, data };
}

function gather(row: Float32Array, start: number, weights: Float32Array, data: Uint8ClampedArray, to: number): void {
  let [r, g, b] = [0, 0, 0];
  for (let k = 0, at = start; k < weights.length; k++, at += 3) {
    r += weights[k]! * row[at]!;
    g += weights[k]! * row[at + 1]!;
    b += weights[k]! * row[at + 2]!;
  }
  data[to] = r; // the array rounds and clamps
  data[to + 1] = g;
  data[to + 2] = b;
  data[to + 3] = 255;
}

function areas(from: number, to: number): Shares {
  const step = from / to;
  const first = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, place) => {
    const [start, end] = [place * step, Math.min(from, (place + 1) * step)];
    first[place] = Math.floor(start + 1e-9);
    const found: number[] = [];
    for (let whole = first[place]!; whole < end - 1e-9; whole++) {
      found.push((Math.min(end, whole + 1) - Math.max(start, whole)) / step);
    }
    return Float32Array.from(found);
  });
  return { first, weights };
}

function linears(from: number, to: number): Shares {
  const first = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, place) => {
    const at = Math.max(0, Math.min(from - 1, ((place + 0.5) * from) / to - 0.5));
    const low = Math.min(Math.floor(at), Math.max(0, from - 2));
    first[place] = low;
    return from === 1 ? Float32Array.of(1) : Float32Array.of(1 - (at - low), at - low);
  });
  return { first, weights };
}

/** The plane at a place between pixels, as warpAffine reads it: in steps of a 32nd, the edge repeated. */
export function sampled(from: Plane, x: number, y: number): number {
  const [fx, fy] = [Math.round(x * 32) / 32, Math.round(y * 32) / 32];
  const [x0, y0] = [Math.floor(fx), Math.floor(fy)];
  const [u, v] = [fx - x0, fy - y0];
  const at = (row: number, column: number) =>
    from.data[clamp(row, from.height) * from.width + clamp(column, from.width)]!;
  const across = (row: number) => at(row, x0) * (1 - u) + at(row, x0 + 1) * u;
  return across(y0) * (1 - v) + across(y0 + 1) * v;
}

const clamp = (place: number, size: number) => Math.max(0, Math.min(size - 1, place));
