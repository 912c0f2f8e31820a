// Enter on the queue opens its oldest submission.
"use strict";

document.addEventListener("keydown", (event) => {
  const start = document.getElementById("start");
  const free = document.activeElement === document.body || document.activeElement === null;
  if (event.key === "Enter" && free && start) start.click();
});
