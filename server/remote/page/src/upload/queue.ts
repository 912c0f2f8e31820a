/** Delivers kept photos one after another: pieces, confirmation, submission. One tab at a time sends a photo. */
import { forget, keep, keptPhotos, type KeptPhoto, type Submission } from "./kept";
import { sha256 } from "./hash";
import { refusal, Refused, request, send, type Line } from "./send";

const SUBMIT_TRIES_MS = [500, 1000, 2000, 4000, 8000, 15_000];

/** Keep a photo on this device before the first byte is sent; returns it. */
export async function keepPhoto(file: Blob, photos: string, submission: Submission): Promise<KeptPhoto> {
  const bytes = await file.arrayBuffer(); // a copy: a chosen file may become unreadable, for example after a reload
  const hash = await sha256(bytes);
  const photo = {
    key: photos + hash,
    photos,
    sha256: hash,
    file: new Blob([bytes], { type: file.type || "application/octet-stream" }),
    submission,
  };
  await keep(photo);
  return photo;
}

/** The photos of this student that the server has not confirmed yet. */
export async function unsentPhotos(photos: string): Promise<KeptPhoto[]> {
  return (await keptPhotos()).filter((photo) => photo.photos === photos);
}

/** Send and submit a photo, and forget it. In a second tab it waits for the first. Raises Refused. */
export async function deliver(photo: KeptPhoto, line: Line): Promise<void> {
  await exclusively(photo.key, async () => {
    const kept = await keptPhotos();
    if (!kept.some((one) => one.key === photo.key)) return; // another tab has delivered it
    await send(photo.file, photo.photos + photo.sha256, line);
    await submit(photo, line);
    await forget(photo.key);
  });
}

async function submit(photo: KeptPhoto, line: Line): Promise<void> {
  for (let tries = 0; ; tries++) {
    const wait = SUBMIT_TRIES_MS[Math.min(tries, SUBMIT_TRIES_MS.length - 1)]!;
    try {
      const answer = await request(`${photo.photos}${photo.sha256}/submit`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": line.csrf },
        body: JSON.stringify(photo.submission),
      });
      if (answer.ok) return;
      if (answer.status < 500 && answer.status !== 429) throw await refusal(answer, line.language);
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
    }
    line.onProgress({ sent: photo.file.size, total: photo.file.size, rate: 0, waiting: true });
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

const busy = new Map<string, Promise<void>>();

/** Run `work` in one tab at a time; without navigator.locks (older phones) once in this tab. */
async function exclusively(name: string, work: () => Promise<void>): Promise<void> {
  if (navigator.locks) return navigator.locks.request(name, work);
  const running = busy.get(name) ?? work().finally(() => busy.delete(name));
  busy.set(name, running);
  return running;
}
