/**
 * Sends a photo in pieces under the hash of its content, by HEAD and PATCH with offsets (server/remote/README.md).
 *
 * Only the file has to be stored: after a retry, a second tap, a second tab, a reload or a lost response the upload
 * continues the same half-written file on the server.
 */

export const MIN_PIECE = 32 * 1024;
export const MAX_PIECE = 2 * 1024 * 1024;
const FIRST_PIECE = 256 * 1024;
const PIECE_SECONDS = 3;
const MAX_WAIT_MS = 15_000;
const TIMEOUT_MS = 120_000;

/** A refusal that a retry does not change, with the server's sentence or none. */
export class Refused extends Error {
  constructor(readonly reason: string, readonly sentence: string) {
    super(reason);
  }
}

export interface Progress {
  sent: number;
  total: number;
  /** Bytes a second of the last pieces; 0 while unknown. */
  rate: number;
  waiting: boolean;
}

export interface SendOptions {
  csrf: string;
  language: string;
  onProgress: (progress: Progress) => void;
}

/** Send the file to `address`; resolves once the server has confirmed its hash. Raises Refused. */
export async function send(file: Blob, address: string, options: SendOptions): Promise<void> {
  const sending = new Sending(file, address, options);
  while (!(await sending.step()));
}

class Sending {
  private offset = -1; // unknown: requested before the next piece
  private piece = FIRST_PIECE;
  private rate = 0;
  private wait = 500;

  constructor(private file: Blob, private address: string, private options: SendOptions) {}

  /** One request; returns whether the photo is stored. */
  async step(): Promise<boolean> {
    try {
      if (this.offset < 0) return await this.readOffset();
      return await this.sendPiece();
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
      this.offset = -1;
      this.piece = Math.max(MIN_PIECE, this.piece / 2);
      await this.pause(this.wait);
      this.wait = Math.min(MAX_WAIT_MS, this.wait * 2);
      return false;
    }
  }

  private async readOffset(): Promise<boolean> {
    const answer = await request(this.address, { method: "HEAD" });
    if (answer.status === 404) this.offset = 0;
    else if (answer.ok) this.offset = offsetIn(answer);
    else if (isTemporary(answer)) await this.handle(answer);
    // A response to HEAD has no body, so the reason comes with the refusal of an empty piece.
    else await this.handle(await this.patch(0, new Blob()));
    this.report(false);
    return false; // even if all bytes are stored: the server confirms the hash after an empty piece
  }

  private async sendPiece(): Promise<boolean> {
    const began = performance.now();
    const body = this.file.slice(this.offset, this.offset + this.piece);
    const answer = await this.patch(this.offset, body);
    if (answer.status === 200) {
      this.offset = this.file.size;
      this.report(false);
      return true;
    }
    if (answer.status === 204) {
      this.offset = offsetIn(answer);
      this.adapt(body.size, (performance.now() - began) / 1000);
      this.report(false);
    } else await this.handle(answer);
    return false;
  }

  private patch(offset: number, body: Blob): Promise<Response> {
    return request(this.address, {
      method: "PATCH",
      headers: {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": String(offset),
        "Upload-Length": String(this.file.size),
        "X-CSRFToken": this.options.csrf,
      },
      body,
    });
  }

  private adapt(bytes: number, seconds: number): void {
    this.wait = 500;
    const measured = bytes / Math.max(0.001, seconds);
    this.rate = this.rate ? 0.7 * this.rate + 0.3 * measured : measured;
    this.piece = Math.round(Math.min(2 * this.piece, Math.max(this.piece / 2, measured * PIECE_SECONDS)));
    this.piece = Math.max(MIN_PIECE, Math.min(MAX_PIECE, this.piece));
  }

  /** Handle a response that is neither progress nor the end: wait as long as it requests, or raise Refused. */
  private async handle(answer: Response): Promise<void> {
    if (answer.status === 409) {
      this.offset = answer.headers.has("Upload-Offset") ? offsetIn(answer) : -1;
      return this.pause(this.wait / 2);
    }
    if (answer.ok || isTemporary(answer)) {
      this.offset = -1;
      const retryAfter = 1000 * Number(answer.headers.get("Retry-After") ?? 0);
      await this.pause(Math.max(this.wait, Math.min(retryAfter, 60_000)));
      this.wait = Math.min(MAX_WAIT_MS, this.wait * 2);
      return;
    }
    throw await refusal(answer, this.options.language);
  }

  /** Wait, or continue as soon as the network is back. */
  private pause(milliseconds: number): Promise<void> {
    this.report(true);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener("online", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      addEventListener("online", done);
    });
  }

  private report(waiting: boolean): void {
    this.options.onProgress({ sent: Math.max(0, this.offset), total: this.file.size, rate: this.rate, waiting });
  }
}

/** Whether the same request may succeed later. */
const isTemporary = ({ status }: Response) => status >= 500 || status === 429 || status === 408;

/** The refusal that a response contains, in the language of the page. */
export async function refusal(answer: Response, language: string): Promise<Refused> {
  const found = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const sentence = found[language];
  return new Refused(String(found["reason"] ?? answer.status), typeof sentence === "string" ? sentence : "");
}

/** fetch with a timeout, so that a stalled connection counts as lost. */
export async function request(address: string, options: RequestInit): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, TIMEOUT_MS);
  try {
    return await fetch(address, { credentials: "same-origin", redirect: "error", signal: abort.signal, ...options });
  } finally {
    clearTimeout(timer);
  }
}

function offsetIn(answer: Response): number {
  const offset = Number(answer.headers.get("Upload-Offset") ?? NaN);
  if (!Number.isInteger(offset) || offset < 0) throw new Error("no offset");
  return offset;
}
