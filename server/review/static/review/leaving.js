/** Follow a link once the claim on its way is answered, so that pagehide gives it back: what the server claims for a page
 *  that has gone is shown to nobody until the claim ends. A second click leaves at once.
 *  `claim` returns the promise of that claim or null; `onleave` is called when leaving begins. */
export function leaveAfter(claim, onleave = () => {}) {
  let leaving = false;
  const hold = (event, leave) => {
    const pending = claim();
    if (!pending || leaving || event.defaultPrevented) return;
    event.preventDefault();
    leaving = true;
    onleave();
    pending.then(leave);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && opensHere(event) && !link.target && !link.hasAttribute("download")) hold(event, () => location.assign(link.href));
  });
  return hold;
}

export const opensHere = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey;
