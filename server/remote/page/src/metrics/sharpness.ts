/** image_quality.sharpness. */
import { facePatch, type Face, type FacePatch, type Point } from "../vision/face";
import { reflected } from "../vision/filters";
import { mean, percentile } from "../vision/numbers";
import { plane, rint, type Picture, type Plane } from "../vision/picture";
import type { Tables } from "../tables";

export function sharpness(picture: Picture, face: Face, tables: Tables): number | null {
  const { FACE_WIDTH_PX: width, MIN_FACE_WIDTH_PX: least } = tables.image_quality;
  if (face.width < least) return null;
  const patch = facePatch(picture, face, tables.face.FACE_OVAL, width);
  if (!patch) return null;
  const values = [patch.face.rightEye, patch.face.leftEye]
    .map((eye) => edgeStrength(patch, eye, width))
    .filter((value) => value !== null);
  return values.length ? mean(values) : null;
}

function edgeStrength(patch: FacePatch, eye: Point, faceWidth: number): number | null {
  const [halfWidth, halfHeight] = [rint(0.13 * faceWidth), rint(0.07 * faceWidth)];
  const [x, y] = [rint(eye[0]), rint(eye[1])];
  const [left, top] = [Math.max(0, x - halfWidth), Math.max(0, y - halfHeight)];
  const right = Math.min(patch.pixels.width, x + halfWidth);
  const bottom = Math.min(patch.pixels.height, y + halfHeight);
  if (bottom - top < halfHeight || right - left < halfWidth) return null;
  const grey = greyPart(patch, left, top, right, bottom);
  const contrast = percentile(grey.data, 95) - percentile(grey.data, 5);
  return percentile(laplacian(grey), 95) / (contrast + 8);
}

function greyPart({ pixels }: FacePatch, left: number, top: number, right: number, bottom: number): Plane {
  const grey = plane(right - left, bottom - top);
  for (let i = 0; i < grey.data.length; i++) {
    const at = 4 * ((top + Math.floor(i / grey.width)) * pixels.width + left + (i % grey.width));
    const [r, g, b] = [pixels.data[at]!, pixels.data[at + 1]!, pixels.data[at + 2]!];
    grey.data[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b); // as cv2.COLOR_RGB2GRAY of 8 bits
  }
  return grey;
}

/** |cv2.Laplacian| with its smallest kernel. */
function laplacian({ width, height, data }: Plane): Float32Array {
  const at = (x: number, y: number) => data[reflected(y, height) * width + reflected(x, width)]!;
  return data.map((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Math.abs(at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * value);
  });
}
