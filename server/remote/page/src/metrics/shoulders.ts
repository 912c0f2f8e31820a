/** Tilt of the shoulders and offset of the head, by the outline alone (shoulders.py, silhouette.py). */
import { type Face } from "../vision/face";
import { mean, median } from "../vision/numbers";
import { mapped, plane, rint, sampled, type Picture, type Plane } from "../vision/picture";
import type { Readings, Tables } from "../tables";

interface Silhouette {
  mask: Plane;
  isInside: (column: number, row: number) => boolean;
  faceX: number;
  chin: number;
}

/** shoulders.shoulder_metrics without the joints, which only the server finds. */
export function shoulderMetrics(picture: Picture, face: Face, person: Plane | null, tables: Tables): Readings {
  const none = { shoulder_tilt: null, head_offset: null };
  const { shoulders: table, silhouette: { FACE_WIDTH_PX: size } } = tables;
  const outline = person && face.width >= 1 ? silhouetteBelow(picture, face, person, tables) : null;
  const centres = outline ? rowCentres(outline, table.TORSO_RANGE, size) : [];
  if (!outline || centres.length < table.MIN_ROWS) return none;
  const torso = mean(Float32Array.from(centres));
  return { shoulder_tilt: outlineTilt(outline, torso, tables), head_offset: (outline.faceX - torso) / size };
}

/** silhouette.silhouette_below. */
function silhouetteBelow(picture: Picture, face: Face, person: Plane, { silhouette: table }: Tables): Silhouette {
  const scale = table.FACE_WIDTH_PX / face.width;
  const left = (face.at(454)[0] + face.at(234)[0]) / 2 - table.EXTENT_ASIDE * face.width;
  const top = face.chin[1] - table.EXTENT_ABOVE_CHIN * face.width;
  const width = rint(2 * table.EXTENT_ASIDE * table.FACE_WIDTH_PX);
  const height = rint((table.EXTENT_ABOVE_CHIN + table.EXTENT_BELOW_CHIN) * table.FACE_WIDTH_PX);
  const zoom = person.width / picture.width;
  const mask = mapped(plane(width, height), (_, i) =>
    sampled(person, (left + (i % width) / scale) * zoom, (top + Math.floor(i / width) / scale) * zoom),
  );
  const within = (value: number, size: number) => value >= 0 && value <= size - 1;
  return {
    mask,
    isInside: (column, row) =>
      within(left + column / scale, picture.width) && within(top + row / scale, picture.height),
    faceX: table.EXTENT_ASIDE * table.FACE_WIDTH_PX,
    chin: table.EXTENT_ABOVE_CHIN * table.FACE_WIDTH_PX,
  };
}

/** Silhouette.row_centres. */
function rowCentres({ mask, isInside, chin }: Silhouette, [low, high]: [number, number], size: number): number[] {
  const found: number[] = [];
  for (let y = rint(chin + low * size); y < Math.min(mask.height, rint(chin + high * size)); y++) {
    const over = Array.from({ length: mask.width }, (_, x) => mask.data[y * mask.width + x]! > 0.5 && isInside(x, y));
    const [first, last] = [over.indexOf(true), over.lastIndexOf(true)];
    if (first <= 1 || last >= mask.width - 2) continue;
    if (isInside(first - 2, y) && isInside(last + 2, y)) found.push((first + last) / 2);
  }
  return found;
}

/** Silhouette.top_rows: null where the person does not begin in the picture. */
function topRows({ mask, isInside }: Silhouette): (number | null)[] {
  const at = (x: number, y: number) => mask.data[y * mask.width + x]!;
  return Array.from({ length: mask.width }, (_, x) => {
    let first = 0;
    while (first < mask.height && at(x, first) <= 0.5) first++;
    if (first === 0 || first === mask.height || !isInside(x, first)) return null;
    const above = at(x, first - 1);
    return first - 1 + (0.5 - above) / Math.max(at(x, first) - above, 1e-6);
  });
}

function outlineTilt(outline: Silhouette, torso: number, tables: Tables): number | null {
  const { shoulders: table, silhouette: { FACE_WIDTH_PX: size } } = tables;
  const tops = topRows(outline);
  let angle = 0;
  for (let k = 0; k < table.ITERATIONS; k++) {
    const axis = torso - Math.tan(angle) * table.SHOULDERS_TO_TORSO * size;
    const slope = shoulderSlope(tops, axis, tables);
    if (slope === null) return null;
    angle = (angle + slope) / 2;
  }
  return (180 / Math.PI) * angle;
}

/** Radians; + = the sitter's left shoulder is the higher. */
function shoulderSlope(tops: (number | null)[], axis: number, tables: Tables): number | null {
  const { SHOULDER_RANGE: [near, far], MIN_COLUMNS: least } = tables.shoulders;
  const size = tables.silhouette.FACE_WIDTH_PX;
  const slopes: number[] = [];
  for (let away = near * size; away < far * size; away++) {
    const [left, right] = [tops[rint(axis + away)], tops[rint(axis - away)]];
    if (typeof left !== "number" || typeof right !== "number") continue; // also outside the patch
    slopes.push(Math.atan2(right - left, 2 * away));
  }
  return slopes.length < least ? null : median(slopes);
}

