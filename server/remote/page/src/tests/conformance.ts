/** For the conformance test: nets and metrics of the worker on each of the `pictures`. */
import type { Answer, Request } from "../worker";

declare global {
  interface Window {
    conform: (load: Request, pictures: string[]) => Promise<unknown[]>;
  }
}

window.conform = async (load, pictures) => {
  if (load.kind !== "load") throw new Error("load first");
  const worker = new Worker(load.assets.worker);
  const answered = (kinds: string[]) =>
    new Promise<Answer>((resolve, reject) => {
      worker.onerror = (event) => {
        reject(new Error(event.message));
      };
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (data.kind === "failed") reject(new Error(data.problem));
        else if (kinds.includes(data.kind)) resolve(data);
      };
    });
  const ready = answered(["ready"]);
  worker.postMessage(load);
  await ready;
  const found: unknown[] = [];
  for (const address of pictures) {
    const blob = await (await fetch(address)).blob();
    const frame = await createImageBitmap(blob, { colorSpaceConversion: "none" });
    const answer = answered(["still"]);
    worker.postMessage({ kind: "still", frame } satisfies Request, [frame]);
    const { readings, points } = (await answer) as Answer & { kind: "still" };
    found.push({ readings, points: points && Array.from(points, (value) => Math.round(value * 100) / 100) });
  }
  worker.terminate();
  return found;
};
