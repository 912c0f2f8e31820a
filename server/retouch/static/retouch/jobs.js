// Jobs of the server's engine: sent, watched, and shown in their part of the page.

const FIRST_MS = 400;
const LONGEST_MS = 3000;

// Throws an Error with a word of the page, or the server's own sentence.
export async function sendStrokes(url, token, strokes) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token);
  body.append("strokes", JSON.stringify(strokes));
  const answer = await request(url, { method: "POST", body });
  if (!answer) throw new Error("offline");
  if (!answer.ok) throw new Error(answer.content.error ?? "offline");
  return answer.content.job;
}

// Poll until the job is finished; onChange gets every answer.
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
  const answer = await request(url);
  return answer?.ok ? answer.content : null;
}

// null without an answer of the server: no network, or a proxy answers in its place.
async function request(url, options) {
  const response = await fetch(url, options).catch(() => null);
  if (response?.redirected || response?.status === 403) location.reload(); // signed out; the strokes are kept
  const content = await response?.json().catch(() => null);
  return content ? { ok: response.ok, content } : null;
}
