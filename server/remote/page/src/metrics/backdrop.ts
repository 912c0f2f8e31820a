/** The backdrop near the sitter: shadow and unevenness (backdrop.py). */
import { cropPatch, type Face, type FacePatch } from "../vision/face";
import { blurred, count, distances, picked, without } from "../vision/filters";
import { median, percentile, planeThrough } from "../vision/numbers";
import { mapped, plane, sampled, type Mask, type Picture, type Plane } from "../vision/picture";
import type { Readings, Tables } from "../tables";

/** backdrop.backdrop_metrics; `person` is the mask over the whole picture. */
export function backdropMetrics(picture: Picture, face: Face, person: Plane | null, tables: Tables): Readings {
  const none = { backdrop_shadow: null, backdrop_unevenness: null };
  const table = tables.backdrop;
  const [[x, y], side] = [face.eyes, face.width];
  const box: [number, number, number, number] = [x - 1.5 * side, y - 1.3 * side, x + 1.5 * side, y + 1.6 * side];
  const patch = cropPatch(picture, face, box, table.FACE_WIDTH_PX);
  if (!patch || !person) return none;
  const over = personOver(person, picture, patch);
  const [away, close] = [distanceTo(over, (v) => v >= 0.1), distanceTo(over, (v) => v > 0.3)];
  const sure = Uint8Array.from(away, (far) => (far > table.CLEARANCE_PX ? 1 : 0));
  const near = sure.map((on, i) => (on && close[i]! < table.SHADOW_REACH * table.FACE_WIDTH_PX ? 1 : 0));
  if (count(sure) / sure.length < table.MIN_BACKDROP_SHARE || count(near) < 30) return none;
  const { data } = patch.pixels;
  const grey = mapped(over, (_, i) => (data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!) / 3);
  const bright = blurred(grey, 0.8);
  const values = picked(bright.data, sure);
  return {
    backdrop_shadow: shadowDepth(bright, sure, near),
    backdrop_unevenness: (percentile(values, 95) - percentile(values, 5)) / Math.max(1, median(values)),
  };
}

function shadowDepth(bright: Plane, sure: Mask, near: Mask): number {
  const far = without(sure, near);
  const support = count(far) > 0.3 * count(sure) ? far : sure;
  const places = Array.from(support.keys()).filter((i) => support[i]);
  const column = (i: number) => i % bright.width;
  const row = (i: number) => Math.floor(i / bright.width);
  const [across, down, level] = planeThrough(places.map(column), places.map(row), picked(bright.data, support));
  const ratio = mapped(bright, (value, i) => value / Math.max(1, across * column(i) + down * row(i) + level));
  return Math.max(0, 1 - percentile(picked(ratio.data, near), 5));
}

/** backdrop.person_mask_over: the mask over the same part. */
export function personOver(person: Plane, picture: Picture, patch: FacePatch): Plane {
  const zoom = person.width / picture.width;
  const { width, height } = patch.pixels;
  return mapped(plane(width, height), (_, i) => {
    const [u, v] = [i % width, Math.floor(i / width)];
    const [x, y] = [patch.origin[0] + u / patch.scale, patch.origin[1] + v / patch.scale];
    return sampled(person, x * zoom, y * zoom);
  });
}

/** backdrop.distance_to the pixels whose value fits. */
export function distanceTo(values: Plane, fits: (value: number) => boolean): Float32Array {
  return distances(Uint8Array.from(values.data, (value) => (fits(value) ? 1 : 0)), values.width, values.height);
}
