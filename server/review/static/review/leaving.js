/** Follow a link after the response to a pending claim, so that pagehide gives the claim back: submissions that the
 *  server claims for a closed page wait until the claim ends. A second click leaves immediately.
 *  `claim` returns the promise of that response or null; `onleave` is called when leaving begins. */
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
