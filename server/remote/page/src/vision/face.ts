/** A face as mesh points, and parts of a picture at a fixed face size. Left and right are the sitter's own. */
import { filledHull, type Point } from "./polygon";
import { resized, rint, type Box, type Mask, type Picture } from "./picture";

export type { Point };

export class Face {
  /** 478 x (x, y, z) in pixels of the picture. */
  constructor(readonly points: Float32Array) {}

  at(index: number): Point {
    return [this.points[3 * index]!, this.points[3 * index + 1]!];
  }

  inSpace(index: number): [number, number, number] {
    return [this.points[3 * index]!, this.points[3 * index + 1]!, this.points[3 * index + 2]!];
  }

  get rightEye(): Point {
    return middle(this.at(33), this.at(133));
  }

  get leftEye(): Point {
    return middle(this.at(263), this.at(362));
  }

  get eyes(): Point {
    return middle(this.rightEye, this.leftEye);
  }

  get chin(): Point {
    return this.at(152);
  }

  get width(): number {
    return distance(this.at(454), this.at(234));
  }

  /** The same face in a picture `scale` times as large, moved by dx, dy there. */
  moved(scale: number, dx: number, dy: number): Face {
    const shift = [dx, dy, 0];
    return new Face(this.points.map((value, k) => value * scale + shift[k % 3]!));
  }

  /** Left, top, right and bottom of these points. */
  bounds(indices: readonly number[]): Box {
    const [xs, ys] = [indices.map((k) => this.at(k)[0]), indices.map((k) => this.at(k)[1])];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }
}

export const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
export const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
export const between = (a: Point, b: Point, share: number): Point => [
  a[0] * (1 - share) + b[0] * share,
  a[1] * (1 - share) + b[1] * share,
];

/** A part of a picture, scaled: `scale` is its pixels per picture pixel, `origin` its top left there. */
export class FacePatch {
  private masks = new Map<readonly number[], Mask>();

  constructor(
    readonly pixels: Picture,
    readonly face: Face,
    readonly scale: number,
    readonly origin: Point,
  ) {}

  get size(): number {
    return this.pixels.width * this.pixels.height;
  }

  /** The pixels inside the outline through these mesh points. */
  polygonMask(indices: readonly number[]): Mask {
    let mask = this.masks.get(indices);
    if (!mask) {
      const corners = indices.map((k): Point => [rint(this.face.at(k)[0]), rint(this.face.at(k)[1])]);
      mask = filledHull(corners, this.pixels.width, this.pixels.height);
      this.masks.set(indices, mask);
    }
    return mask;
  }
}

/** The part within the box and the picture at `faceWidth`; null if almost nothing of the box is in the picture. */
export function cropPatch(picture: Picture, face: Face, box: Box, faceWidth: number): FacePatch | null {
  const [left, top] = [Math.max(0, rint(box[0])), Math.max(0, rint(box[1]))];
  const [right, bottom] = [Math.min(picture.width, rint(box[2])), Math.min(picture.height, rint(box[3]))];
  if (face.width < 1 || right - left < 4 || bottom - top < 4) return null;
  const scale = faceWidth / face.width;
  const width = Math.max(2, rint((right - left) * scale));
  const height = Math.max(2, rint((bottom - top) * scale));
  const pixels = resized(picture, [left, top, right, bottom], width, height);
  return new FacePatch(pixels, face.moved(scale, -left * scale, -top * scale), scale, [left, top]);
}

/** The face itself, forehead to chin. */
export function facePatch(picture: Picture, face: Face, oval: readonly number[], faceWidth: number): FacePatch | null {
  const [left, top, right, bottom] = face.bounds(oval);
  return cropPatch(picture, face, [left, top, right + 1, bottom + 1], faceWidth);
}
