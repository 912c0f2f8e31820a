/** Delivers kept photos one after another: pieces, confirmation, submission. One tab at a time sends a photo. */
import { forget, keep, keptPhotos, type KeptPhoto, type Submission } from "./kept";
import { sha256 } from "./hash";
import { refusal, Refused, request, send, type SendOptions } from "./send";

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
export async function deliver(photo: KeptPhoto, options: SendOptions): Promise<void> {
  await exclusively(photo.key, async () => {
    const unsent = await keptPhotos();
    if (!unsent.some((one) => one.key === photo.key)) return; // another tab has delivered it
    await send(photo.file, photo.photos + photo.sha256, options);
    await submit(photo, options);
    await forget(photo.key);
  });
}

async function submit(photo: KeptPhoto, options: SendOptions): Promise<void> {
  for (let tries = 0; ; tries++) {
    const wait = SUBMIT_TRIES_MS[Math.min(tries, SUBMIT_TRIES_MS.length - 1)]!;
    try {
      const answer = await request(`${photo.photos}${photo.sha256}/submit`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": options.csrf },
        body: JSON.stringify(photo.submission),
      });
      if (answer.ok) return;
      if (answer.status < 500 && answer.status !== 429) throw await refusal(answer, options.language);
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
    }
    options.onProgress({ sent: photo.file.size, total: photo.file.size, rate: 0, waiting: true });
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
