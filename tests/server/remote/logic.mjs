// node logic.mjs BUNDLE: reads cases as JSON from standard input and prints what the page's functions return for them.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const page = await import(pathToFileURL(process.argv[2]));
const { tables, digests, polygons, verdicts, stream, coach } = JSON.parse(readFileSync(0, "utf8"));

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const digest = (size) => hex(page.digestOf(Uint8Array.from({ length: size }, (_, k) => k % 251).buffer));
const hull = ({ points, width, height }) => Array.from(page.filledHull(points, width, height)).join("");

const overTime = new page.OverTime(tables);
const readings = stream.map(({ points, brows, now }) => {
  return overTime.measure(new page.Face(Float32Array.from(points)), brows, now);
});

const advised = coach.map(({ rules, hints, frames }) => {
  const one = new page.Coach(tables, rules, new Set(hints));
  return frames.map(({ readings: seen, now }) => one.advise(page.evaluate(seen, rules), now));
});

process.stdout.write(
  JSON.stringify({
    digests: digests.map(digest),
    polygons: polygons.map(hull),
    verdicts: verdicts.map(({ value, rule }) => page.evaluate({ metric: value }, { rule: { ...rule, metric: "metric" } })[0]),
    readings,
    advised,
  }),
);
