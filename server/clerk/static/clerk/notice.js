"use strict";
// The print button works by script only; without it the browser's menu prints the page.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
