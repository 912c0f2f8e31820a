/** Pixels of neither backdrop nor sitter: objects, other people, the room beyond the edge (backdrop_objects.py). */
import { cropPatch, type Face, type FacePatch } from "../vision/face";
import { connectedParts, count, dilated, eroded, or, SQUARE } from "../vision/filters";
import { median, planeThrough } from "../vision/numbers";
import { mapped, rint, type Mask, type Picture, type Plane } from "../vision/picture";
import { distanceTo, personOver } from "./backdrop";
import { linearLight, luminance, type Light } from "./light";
import type { Readings, Tables } from "../tables";

interface Region {
  patch: FacePatch;
  person: Plane;
  isBackdrop: Mask;
  foreign: Mask;
  faceX: number;
  width: number;
  height: number;
}

/** backdrop_objects.detect_objects but for the backdrop's colour. */
export function backdropObjects(picture: Picture, face: Face, person: Plane | null, tables: Tables): Readings {
  const region = person && findBackdrop(picture, face, person, tables);
  if (!region) return { backdrop_clutter: null, backdrop_missing: null };
  const { backdrop_objects: table, backdrop: { FACE_WIDTH_PX: size } } = tables;
  const { width, faceX } = region;
  const beyond = beyondEdge(region, tables);
  const lap = region.patch.face.eyes[1] + table.REACH_FACE_WIDTHS * size;
  const loose = region.foreign.map((on, i) => (on && Math.floor(i / width) < lap && !beyond[i] ? 1 : 0));
  const opened = dilated(eroded(loose, width, SQUARE), width, SQUARE);
  const clutter = connectedParts(or(opened, otherPeople(region, tables)), width)
    .sizes.filter((area) => area >= table.MIN_OBJECT_AREA * size ** 2)
    .reduce((total, area) => total + area, 0);
  const sides = [0, 0];
  for (let x = 0; x < width; x++) {
    const isBeyond = columnSum(beyond, x, region) > 0;
    if (isBeyond && Math.abs(x - faceX) <= table.REACH_FACE_WIDTHS * size) sides[x < rint(faceX) ? 0 : 1]! += 1;
  }
  return { backdrop_clutter: clutter / size ** 2, backdrop_missing: Math.max(...sides) / size };
}

/** backdrop_objects.find_backdrop: null with next to no backdrop round the head. */
function findBackdrop(picture: Picture, face: Face, person: Plane, tables: Tables): Region | null {
  const { FACE_WIDTH_PX: size, CLEARANCE_PX: clearance } = tables.backdrop;
  const patch = cropPatch(picture, face, [0, 0, picture.width, picture.height], size);
  if (!patch) return null;
  const { width, height } = patch.pixels;
  const over = personOver(person, picture, patch);
  const away = distanceTo(over, (value) => value >= 0.1);
  const chin = Math.min(height, Math.max(0, rint(patch.face.chin[1])));
  const isBackdrop = Uint8Array.from(away, (far) => (far > clearance ? 1 : 0));
  const ring = isBackdrop.map((on, i) => (on && away[i]! < 0.6 * size && Math.floor(i / width) < chin ? 1 : 0));
  if (count(ring) < 60) return null;
  const foreign = findForeign(patch, isBackdrop, ring, tables);
  return { patch, person: over, isBackdrop, foreign, faceX: patch.face.eyes[0], width, height };
}

/** Backdrop pixels that differ from those round the head, whose light may change evenly across the picture. */
function findForeign(patch: FacePatch, isBackdrop: Mask, ring: Mask, tables: Tables): Mask {
  const table = tables.backdrop_objects;
  const light = linearLight(patch, tables).map((one) => mapped(one, (value) => value + table.LIGHT_FLOOR)) as Light;
  const stops = light.map((one) => mapped(one, Math.log2));
  const tints = [0, 2].map((c) => mapped(stops[c]!, (value, i) => value - stops[1]!.data[i]!));
  const own = tints.map((tint) => median(everyOther(tint, ring)));
  const other = isBackdrop.map((_, i) =>
    tints.some((tint, c) => Math.abs(tint.data[i]! - own[c]!) > table.MAX_TINT_STOPS) ? 1 : 0,
  );
  const bright = mapped(luminance(light, tables), Math.log2);
  const level = median(bright.data.filter((_, i) => ring[i]));
  const even = brightnessPlane(bright, isBackdrop.map((on, i) => (on && !other[i] ? 1 : 0)), level, table.STRIDE_PX);
  return isBackdrop.map((on, i) => {
    const off = bright.data[i]! - even(i % bright.width, Math.floor(i / bright.width));
    return on && (other[i] || off < table.MIN_STOPS || off > table.MAX_STOPS) ? 1 : 0;
  });
}

/** The values in every other row and column where the mask is set. */
function everyOther(values: Plane, mask: Mask): Float32Array {
  return values.data.filter((_, i) => {
    return mask[i] && !((i % values.width) % 2) && !(Math.floor(i / values.width) % 2);
  });
}

/** The plane through what is near `level`, at most 1.5 stops across a picture. */
function brightnessPlane(bright: Plane, mask: Mask, level: number, stride: number): (x: number, y: number) => number {
  const [xs, ys, values] = [[] as number[], [] as number[], [] as number[]];
  for (let y = 0; y < bright.height; y += stride) {
    for (let x = 0; x < bright.width; x += stride) {
      const value = bright.data[y * bright.width + x]!;
      if (!mask[y * bright.width + x] || Math.abs(value - level) >= 1) continue;
      xs.push(x);
      ys.push(y);
      values.push(value);
    }
  }
  if (values.length < 20) return () => level;
  const [across, down, base] = planeThrough(xs, ys, values);
  return (x, y) => Math.max(level - 0.75, Math.min(level + 0.75, across * x + down * y + base));
}

/** The columns from either side inwards, as long as most of their visible pixels are foreign. */
function beyondEdge(region: Region, { backdrop_objects: table }: Tables): Mask {
  const { width, height, foreign, isBackdrop } = region;
  const gone = Array.from({ length: width }, (_, x) => {
    const known = columnSum(isBackdrop, x, region);
    return (
      columnSum(foreign, x, region) > table.MIN_FOREIGN_COLUMN_SHARE * Math.max(known, 1) && known > 0.2 * height
    );
  });
  const here = Math.max(0, Math.min(width - 1, rint(region.faceX)));
  const first = gone.slice(0, here).indexOf(false);
  const last = gone.slice(here).lastIndexOf(false);
  const start = first < 0 ? 0 : first;
  const end = last < 0 ? width : here + last + 1;
  return foreign.map((on, i) => (on && (i % width < start || i % width >= end) ? 1 : 0));
}

function columnSum(mask: Mask, x: number, { width, height }: Region): number {
  let total = 0;
  for (let y = 0; y < height; y++) total += mask[y * width + x]!;
  return total;
}

/** Pixels of other people: separate from the sitter, or where the sitter cannot be. */
function otherPeople(region: Region, { backdrop_objects: table, backdrop: { FACE_WIDTH_PX: size } }: Tables): Mask {
  const { width, patch, faceX } = region;
  const person = Uint8Array.from(region.person.data, (value) => (value > 0.5 ? 1 : 0));
  const { labels } = connectedParts(person, width);
  const [chin, middle] = [rint(patch.face.chin[1]), rint(faceX)];
  const head = patch.polygonMask([10, 234, 152, 454]);
  const own = new Set<number>(); // a mask may be interrupted at the neck
  labels.forEach((label, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inTrunk = y >= Math.max(0, chin) && x >= Math.max(0, middle - size / 2) && x < middle + size / 2;
    if (inTrunk || head[i]) own.add(label);
  });
  return person.map((on, i) => {
    const away = Math.abs((i % width) - faceX) / size;
    const isHair = Math.floor(i / width) < chin && away > table.MAX_HAIR_REACH;
    return on && (!own.has(labels[i]!) || away > table.MAX_ARM_REACH || isHair) ? 1 : 0;
  });
}
