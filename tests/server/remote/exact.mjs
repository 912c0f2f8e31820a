// node exact.mjs BUNDLE TABLES FOLDER: prints the readings of every frame of FOLDER (browser_pictures.write_exact), and the
// median milliseconds of each group of metrics.
import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, tablesFile, folder] = process.argv.slice(2);
const { measureFrame, METRIC_GROUPS, FrameContext, Face } = await import(pathToFileURL(bundle));
const tables = JSON.parse(readFileSync(tablesFile, "utf8"));

function load(stem) {
  const size = JSON.parse(readFileSync(`${folder}/${stem}.json`, "utf8"));
  const floats = (kind) => {
    const bytes = readFileSync(`${folder}/${stem}.${kind}`);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  return {
    width: size.picture[0],
    height: size.picture[1],
    pixels: new Uint8ClampedArray(readFileSync(`${folder}/${stem}.rgba`)),
    points: floats("points"),
    mask: { width: size.mask[0], height: size.mask[1], data: floats("mask") },
  };
}

const readings = [];
const times = Object.fromEntries(METRIC_GROUPS.map((group) => [group.name, []]));
for (const name of readdirSync(folder).filter((file) => file.endsWith(".rgba")).sort()) {
  const frame = load(name.replace(".rgba", ""));
  readings.push(measureFrame(frame, tables));
  const picture = { width: frame.width, height: frame.height, data: frame.pixels };
  for (const group of METRIC_GROUPS) {
    const context = new FrameContext(picture, new Face(frame.points), frame.mask, tables);
    const began = performance.now();
    group.compute(context);
    times[group.name].push(performance.now() - began);
  }
}
const medians = Object.entries(times).map(([name, all]) => [name, all.sort((a, b) => a - b)[all.length >> 1]]);
process.stdout.write(JSON.stringify({ readings, milliseconds: Object.fromEntries(medians) }));
