/** The proof: a small copy of the photo, which the server judges in full before the original is sent. */
import { refusal, request } from "../upload/send";
import { encoded } from "./camera";
import type { Page } from "./document";

export interface ProofVerdict {
  rule: string;
  outcome: string;
  title: string;
  advice: string;
}

export interface Proof {
  state: "waiting" | "done" | "failed";
  place: number;
  verdicts: ProofVerdict[];
  preview: string | null;
  sentence: string;
}

const POLL_MS = 700;
const MAX_POLL_MS = 5000;

/** A JPEG of at most `limits.proof` pixels and `limits.proof_bytes`; null if the browser cannot read the photo. */
export async function proofOf(file: Blob, page: Page): Promise<Blob | null> {
  const { limits } = page.document;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const scale = Math.min(1, limits.proof / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  let proof = await encoded(canvas, limits.proof_quality);
  for (let quality = 0.7; proof.size > limits.proof_bytes && quality > 0.3; quality -= 0.1) {
    proof = await encoded(canvas, quality);
  }
  return proof;
}

/** Send the proof and wait for its result; `report` gets each state, null without a connection. Raises Refused. */
export async function judge(proof: Blob, page: Page, report: (proof: Proof | null) => void): Promise<Proof> {
  const id = await sendProof(proof, page, report);
  for (let wait = POLL_MS; ; wait = Math.min(MAX_POLL_MS, wait * 1.2)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await request(`${page.data("proofs")}/${id}`, {}).catch(() => null);
    if (answer && !answer.ok && answer.status < 500 && answer.status !== 429) {
      throw await refusal(answer, page.document.language);
    }
    const state = answer?.ok ? await contentOf<Proof>(answer) : null;
    report(state);
    if (state && state.state !== "waiting") return state;
  }
}

async function sendProof(proof: Blob, page: Page, report: (proof: null) => void): Promise<string> {
  for (let wait = 1000; ; wait = Math.min(15_000, wait * 2)) {
    const answer = await request(page.data("proofs"), {
      method: "POST",
      headers: { "Content-Type": "image/jpeg", "X-CSRFToken": page.data("csrf") },
      body: proof,
    }).catch(() => null);
    const made = answer?.ok ? await contentOf<{ proof: unknown }>(answer) : null;
    if (made) return String(made.proof);
    if (answer && !answer.ok && answer.status < 500 && answer.status !== 429) {
      throw await refusal(answer, page.document.language);
    }
    report(null);
    const retryAfter = 1000 * Number(answer?.headers.get("Retry-After") ?? 0);
    await new Promise((resolve) => setTimeout(resolve, Math.max(wait, Math.min(retryAfter, 30_000))));
  }
}

/** The JSON of a response; null if it was cut off or came from a proxy, which counts as no connection. */
function contentOf<T>(answer: Response): Promise<T | null> {
  return (answer.json() as Promise<T>).catch(() => null);
}
