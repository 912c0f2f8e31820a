// Loads the page again while the server checks or makes something; without script there is a link.
"use strict";

const seconds = Number(document.getElementById("wait")?.dataset.seconds);
if (seconds) {
  setInterval(() => {
    if (!document.hidden) location.reload();
  }, 1000 * seconds);
}
