/** SHA-256 of a file. Pages that came by plain http have no crypto.subtle, so FIPS 180-4 is here as well. */

const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
const PRIMES = firstPrimes(64);
const ROUND = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = globalThis.crypto?.subtle ? await crypto.subtle.digest("SHA-256", bytes) : digestOf(bytes).buffer;
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The digest without crypto.subtle, 32 bytes. */
export function digestOf(bytes: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.byteLength + 9) / 64) * 64);
  padded.set(new Uint8Array(bytes));
  padded[bytes.byteLength] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.byteLength / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.byteLength << 3) >>> 0);
  const state = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  for (let at = 0; at < padded.length; at += 64) compress(state, view, at);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, place) => {
    out.setUint32(4 * place, word);
  });
  return new Uint8Array(out.buffer);
}

function compress(state: Uint32Array, view: DataView, at: number): void {
  const w = new Uint32Array(64);
  for (let i = 0; i < 64; i++) {
    w[i] = i < 16 ? view.getUint32(at + 4 * i) : w[i - 16]! + small(w[i - 15]!, 7, 18, 3) + w[i - 7]! + tail(w[i - 2]!);
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as number[] as [
    number, number, number, number, number, number, number, number,
  ];
  for (let i = 0; i < 64; i++) {
    const first = (h + big(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + ROUND[i]! + w[i]!) | 0;
    const second = (big(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => {
    state[place] = state[place]! + word;
  });
}

const rotated = (word: number, by: number) => (word >>> by) | (word << (32 - by));
const small = (x: number, p: number, q: number, shift: number) => rotated(x, p) ^ rotated(x, q) ^ (x >>> shift);
const tail = (x: number) => small(x, 17, 19, 10);
const big = (x: number, p: number, q: number, r: number) => rotated(x, p) ^ rotated(x, q) ^ rotated(x, r);

function firstPrimes(many: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < many; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}
