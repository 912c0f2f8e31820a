/** Shadows and shine within the face: shadows.py, and the plane through the skin's light of skin.py. */
import type { FacePatch } from "../vision/face";
import { and, blurred, count, dilated, ellipse, eroded, or, picked, SQUARE, without } from "../vision/filters";
import { dot, mean, median, minus, percentile, planeThrough } from "../vision/numbers";
import { mapped, plane, type Mask, type Plane } from "../vision/picture";
import { lightSkinLuminance, linearLight, luminance, type Light } from "./light";
import type { Readings, Tables } from "../tables";

interface SkinLight {
  stops: Plane;
  across: number;
  down: number;
  level: number;
}

/** skin.bare_face: without eyes, brows, lips and nostrils, which are enlarged. */
function bareFace(patch: FacePatch, dilation: number, { skin, face }: Tables): Mask {
  const features = skin.FEATURE_OUTLINES.map((outline) => patch.polygonMask(outline)).reduce(or);
  return without(patch.polygonMask(face.FACE_OVAL), dilated(features, patch.pixels.width, ellipse(dilation)));
}

function cheeksOf(patch: FacePatch, { skin }: Tables): Mask {
  return or(patch.polygonMask(skin.RIGHT_CHEEK), patch.polygonMask(skin.LEFT_CHEEK));
}

/** skin.fit_skin_light. */
function fitSkinLight(patch: FacePatch, tables: Tables): SkinLight | null {
  const { skin } = tables;
  const light = linearLight(patch, tables).map((one) => blurred(one, 0.006 * skin.FACE_WIDTH_PX)) as Light;
  const stops = mapped(luminance(light, tables), (value) => Math.log2(value + 0.002));
  const face = bareFace(patch, 1, tables);
  const cheeks = and(cheeksOf(patch, tables), face);
  if (count(cheeks) < 12) return null;
  const logs = light.map((one) => mapped(one, (value) => Math.log2(value + 0.004)));
  const tints = [0, 2].map((c) => mapped(logs[c]!, (value, i) => value - logs[1]!.data[i]!));
  const own = tints.map((tint) => median(picked(tint.data, cheeks)));
  const darkest = median(picked(stops.data, cheeks)) - skin.MAX_DARKER_STOPS;
  const visible = face.map((on, i) => {
    const off = Math.max(...tints.map((tint, c) => Math.abs(tint.data[i]! - own[c]!)));
    return on && off < skin.MAX_TINT_STOPS && stops.data[i]! > darkest ? 1 : 0;
  });
  const open = eroded(visible, stops.width, SQUARE);
  const [across, down, level] = fitPlane(stops, count(open) > count(cheeks) ? open : cheeks, skin.OUTLIER_STOPS);
  return { stops, across, down, level };
}

function fitPlane(stops: Plane, mask: Mask, limits: number[]): [number, number, number] {
  const places = Array.from(mask.keys()).filter((i) => mask[i]);
  const xs = places.map((i) => i % stops.width);
  const ys = places.map((i) => Math.floor(i / stops.width));
  const values = places.map((i) => stops.data[i]!);
  let slope = planeThrough(xs, ys, values);
  for (const limit of limits) {
    const off = values.map((value, k) => value - (slope[0] * xs[k]! + slope[1] * ys[k]! + slope[2]));
    const usual = median(off);
    const near = (_: unknown, k: number) => Math.abs(off[k]! - usual) < limit;
    const nearest = values.filter(near);
    if (nearest.length > 12) slope = planeThrough(xs.filter(near), ys.filter(near), nearest);
  }
  return slope;
}

/** shadows.shadow_metrics, of the face at skin.FACE_WIDTH_PX. */
export function shadowMetrics(patch: FacePatch | null, tables: Tables): Readings {
  const skin = patch && fitSkinLight(patch, tables);
  if (!skin) return { light_height: null, socket_shadow: null };
  const fall = minus(patch.face.at(151), patch.face.at(14));
  const ratio = 2 ** dot([skin.across, skin.down], fall);
  return { light_height: (ratio - 1) / (ratio + 1), socket_shadow: socketShadow(patch, skin, tables) };
}

function socketShadow(patch: FacePatch, skin: SkinLight, { skin: lists, shadows }: Tables): number | null {
  const features = [lists.RIGHT_EYE, lists.LEFT_EYE, lists.RIGHT_BROW, lists.LEFT_BROW];
  const hidden = features.map((outline) => patch.polygonMask(outline)).reduce(or);
  const { stops, across, down, level } = skin;
  const off = mapped(stops, (value, i) => {
    return value - (across * (i % stops.width) + down * Math.floor(i / stops.width) + level);
  });
  const depths = shadows.SOCKET_LANDMARKS.map(([upper, lower]) => {
    const zone = without(or(patch.polygonMask(upper), patch.polygonMask(lower)), hidden);
    return count(zone) ? 1 - 2 ** median(picked(off.data, zone)) : null;
  }).filter((depth) => depth !== null);
  return depths.length ? Math.min(...depths) : null;
}

/** shadows.nose_shadow, of the face at shadows.NOSE_FACE_WIDTH_PX. */
export function noseShadow(patch: FacePatch | null, tables: Tables): number | null {
  if (!patch) return null;
  const { skin } = tables;
  const bright = blurred(luminance(linearLight(patch, tables), tables), 1);
  const bare = bareFace(patch, 2, tables);
  const beside = tables.shadows.BESIDE_NOSE_LANDMARKS.map((zone) => {
    return picked(bright.data, and(patch.polygonMask(zone), bare));
  });
  if (beside.some((zone) => !zone.length)) return null;
  const dark = beside.map((zone) => percentile(zone, 25));
  const between = (sides: number[]) => Math.log2(Math.max(1e-4, sides[0]!) / Math.max(1e-4, sides[1]!));
  const stops = [between(dark)]; // the sitter's right above the left
  for (const sides of [[skin.RIGHT_CHEEK, skin.LEFT_CHEEK], [skin.RIGHT_FRONT, skin.LEFT_FRONT]]) {
    const cheeks = sides.map((side) => picked(bright.data, patch.polygonMask(side)));
    if (cheeks.some((cheek) => !cheek.length)) return null;
    stops.push(between(dark.map((zone, k) => zone / Math.max(1e-4, median(cheeks[k]!)))));
  }
  const sameSide = Math.min(...stops) > 0 || Math.max(...stops) < 0;
  const agreed = sameSide ? Math.min(...stops.map(Math.abs)) : 0;
  return 1 - 2 ** -agreed;
}

/** shadows.shine, of the face at skin.FACE_WIDTH_PX. */
export function shine(patch: FacePatch | null, tables: Tables): number | null {
  if (!patch) return null;
  const { shadows, skin: { FACE_WIDTH_PX: size, TYPICAL_EYE_WHITE_FACTOR: whiteFactor } } = tables;
  const light = linearLight(patch, tables);
  const bright = luminance(light, tables);
  const face = bareFace(patch, 1, tables);
  const cheeks = and(cheeksOf(patch, tables), face);
  if (count(cheeks) < 12) return null;
  const lamp = lampLight(light, cheeks, tables);
  const least = 0.3 * median(picked(bright.data, cheeks));
  const skin = face.map((on, i) => (on && bright.data[i]! > least ? 1 : 0));
  if (!count(skin)) return null;
  const cheek = Math.max(1e-4, mean(picked(bright.data, cheeks)));
  const darker = Math.max(1, lightSkinLuminance(bright, patch, tables, whiteFactor) / cheek);
  const level = maskedBlur(bright, skin, shadows.SURROUND_SIGMA * size);
  const spot = maskedBlur(lamp, skin, shadows.SPOT_SIGMA * size);
  const around = maskedBlur(lamp, skin, shadows.SURROUND_SIGMA * size);
  const spots = mapped(spot, (value, i) => (value - around.data[i]!) / (Math.max(level.data[i]!, 0.02) * darker));
  return Math.max(0, percentile(picked(spots.data, skin), 98));
}

/**
 * The share of the lamp's white in each pixel, by the second row of the pseudo-inverse of [skin's own colour, 1]; at
 * most the least channel.
 */
function lampLight(light: Light, cheeks: Mask, { luminance: weights }: Tables): Plane {
  const own = light.map((one) => median(picked(one.data, cheeks)));
  const colour = own.map((value) => value / Math.max(1e-4, dot(own, weights)));
  const [square, sum] = [dot(colour, colour), dot(colour, [1, 1, 1])];
  const determinant = square * 3 - sum * sum;
  // Grey skin, as in a picture without colours, cannot be distinguished from white: this is the pseudo-inverse of two
  // equal columns.
  const isGrey = determinant < 1e-9 * square;
  const white = colour.map((value) => (isGrey ? 1 / 6 : (square - sum * value) / determinant));
  return mapped(light[0], (_, i) => {
    const pixel = light.map((one) => one.data[i]!);
    return Math.min(dot(white, pixel), ...pixel);
  });
}

function maskedBlur(values: Plane, mask: Mask, sigma: number): Plane {
  const weight = mapped(plane(values.width, values.height), (_, i) => mask[i]!);
  const blurredWeight = blurred(weight, sigma);
  const weighted = blurred(mapped(values, (value, i) => value * mask[i]!), sigma);
  return mapped(weighted, (value, i) => value / Math.max(1e-3, blurredWeight.data[i]!));
}
