// The seconds that are left to take a decision back, counted by this computer's clock from the server's number.

export function startCountdowns() {
  for (const box of document.querySelectorAll("[data-countdown]")) start(box);
}

function start(box) {
  const end = performance.now() + 1000 * Number(box.dataset.countdown);
  const [text, bar, form] = [box.querySelector("p"), box.querySelector("progress"), box.querySelector("form")];
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left > 0) {
      text.textContent = text.dataset.text.replace("#", left);
      bar.value = left;
      return;
    }
    clearInterval(timer);
    text.textContent = text.dataset.over;
    bar.hidden = form.hidden = true;
    form.querySelector("button").disabled = true;
  };
  const timer = setInterval(tick, 250);
  tick();
}
