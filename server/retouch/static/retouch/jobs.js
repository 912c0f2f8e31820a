// Jobs of the server's engine: sent, watched, and shown in their part of the page.

const FIRST_MS = 400;
const LONGEST_MS = 3000;

export async function sendStrokes(url, token, strokes) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token);
  body.append("strokes", JSON.stringify(strokes));
  const answer = await fetch(url, { method: "POST", body });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content.job;
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

// null while the network is gone.
async function poll(url) {
  try {
    const answer = await fetch(url);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
