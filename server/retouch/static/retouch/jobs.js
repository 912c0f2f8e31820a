// Jobs of the server's engine: send the strokes, and poll the state.

const FIRST_MS = 400;
const LONGEST_MS = 3000;

// Throws an Error whose message is a key of the page's words or a sentence of the server.
export async function sendStrokes(url, token, strokes) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token);
  body.append("strokes", JSON.stringify(strokes));
  const response = await request(url, { method: "POST", body });
  if (!response) throw new Error("offline");
  if (!response.ok) throw new Error(response.content.error ?? "offline");
  return response.content.job;
}

// Poll until the job is finished; onChange gets every state.
export async function watch(url, onChange) {
  for (let pause = FIRST_MS; ; pause = Math.min(LONGEST_MS, pause * 1.3)) {
    const state = await poll(url);
    if (state) {
      onChange(state);
      if (!["queued", "running"].includes(state.status)) return state;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function poll(url) {
  const response = await request(url);
  return response?.ok ? response.content : null;
}

// null without a response of the server: there is no network, or the response is a proxy's.
async function request(url, options) {
  const response = await fetch(url, options).catch(() => null);
  if (response?.redirected || response?.status === 403) location.reload(); // signed out; the strokes are kept
  const content = await response?.json().catch(() => null);
  return content ? { ok: response.ok, content } : null;
}
