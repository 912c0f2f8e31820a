/** Guidance in a worker: it receives frames as ImageBitmap and sends one hint. A classic worker (build.mjs). */
import { Analysis } from "./analysis";
import { Coach } from "./coach";
import { Nets, runtimeFiles, type Assets } from "./nets";
import type { Readings, Tables } from "./tables";
import { evaluate, type Rule, type Verdict } from "./verdict";

export type Request =
  | { kind: "load"; assets: Assets; rules: Record<string, Rule>; hints: string[]; withMask: boolean }
  | { kind: "frame"; frame: ImageBitmap; now: number }
  | { kind: "still"; frame: ImageBitmap };

export type Answer =
  | { kind: "loading"; loaded: number }
  | { kind: "ready"; mask: boolean }
  | { kind: "advice"; hint: string; ready: boolean; verdicts: Verdict[]; milliseconds: number }
  | { kind: "still"; readings: Readings; verdicts: Verdict[]; points: Float32Array | null }
  | { kind: "failed"; problem: string };

const post = (answer: Answer) => {
  postMessage(answer);
};

let guidance: { analysis: Analysis; coach: Coach; rules: Record<string, Rule> } | null = null;

onmessage = (event: MessageEvent<Request>) => {
  handle(event.data).catch((problem: unknown) => {
    post({ kind: "failed", problem: String(problem) });
  });
};

async function handle(request: Request): Promise<void> {
  if (request.kind === "load") return load(request);
  if (!guidance) throw new Error("not loaded");
  const began = performance.now();
  const picture = pixelsOf(request.frame);
  if (request.kind === "still") {
    const { readings, points } = guidance.analysis.still(picture);
    post({ kind: "still", readings, points, verdicts: evaluate(readings, guidance.rules) });
    return;
  }
  const verdicts = evaluate(guidance.analysis.live(picture, request.now), guidance.rules);
  const advice = guidance.coach.advise(verdicts, request.now);
  post({ kind: "advice", ...advice, verdicts, milliseconds: performance.now() - began });
}

async function load(request: Request & { kind: "load" }): Promise<void> {
  const { assets, rules, hints, withMask } = request;
  const tables = (await (await fetch(assets.tables)).json()) as Tables;
  await fetchAll(assets);
  const nets = await Nets.load(assets, withMask);
  guidance = { analysis: new Analysis(nets, tables), coach: new Coach(tables, rules, new Set(hints)), rules };
  post({ kind: "ready", mask: nets.hasMask });
}

/** Fetch the large files once with progress; the runtime then reads them from the cache of the browser. */
async function fetchAll(assets: Assets): Promise<void> {
  const addresses = [(await runtimeFiles(assets)).wasmBinaryPath, assets.face, assets.person];
  let loaded = 0;
  for (const address of addresses) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${String(answer.status)} ${address}`);
    const reader = answer.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      loaded += part.value.length;
      post({ kind: "loading", loaded });
    }
  }
}

function pixelsOf(frame: ImageBitmap): ImageData {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(frame, 0, 0);
  frame.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
