/** Photos on this device until the server has confirmed them: IndexedDB outlasts a reload and a closed browser. */

export interface Submission {
  source: "stream" | "camera_app" | "album";
  facing: string;
  width: number;
  height: number;
  user_agent: string;
  browser_verdicts: Record<string, string>;
}

export interface KeptPhoto {
  /** The address of the student's photos, and the hash: one photo of one student. */
  key: string;
  photos: string;
  sha256: string;
  file: Blob;
  submission: Submission;
}

const STORE = "photos";

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("zhengguan-remote", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("no database"));
    };
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await openDatabase();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => {
        resolve(request.result); // stored only now, with the transaction
      };
      transaction.onabort = transaction.onerror = () => {
        reject(transaction.error ?? new Error("not stored"));
      };
    });
  } finally {
    database.close();
  }
}

/** Photos of a browser without a database (a private window): lost on reload, and the page asks the student to stay. */
const inMemory = new Map<string, KeptPhoto>();

export async function keep(photo: KeptPhoto): Promise<void> {
  try {
    await run("readwrite", (store) => store.put(photo));
  } catch {
    inMemory.set(photo.key, photo);
  }
}

export async function forget(key: string): Promise<void> {
  inMemory.delete(key);
  await run("readwrite", (store) => store.delete(key)).catch(() => undefined);
}

export async function keptPhotos(): Promise<KeptPhoto[]> {
  const stored = await run<KeptPhoto[]>("readonly", (store) => store.getAll()).catch(() => []);
  return [...stored, ...inMemory.values()];
}

export const isOnlyInMemory = (key: string) => inMemory.has(key);
