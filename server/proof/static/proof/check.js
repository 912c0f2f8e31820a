// Hashes the portrait here, so that it does not leave this computer. Without this script, or without https, the form
// sends the file instead.
const form = document.getElementById("check");
const portrait = form.elements.portrait;
const canHash = window.isSecureContext && Boolean(window.crypto?.subtle);

function showNames() {
  for (const input of form.querySelectorAll("input[type=file]")) {
    const shown = input.closest(".drop").querySelector(".chosen");
    shown.textContent = input.files.length ? input.files[0].name : "";
    input.closest(".drop").classList.toggle("filled", input.files.length > 0);
  }
}

async function hashAndSend() {
  const digest = await crypto.subtle.digest("SHA-256", await portrait.files[0].arrayBuffer());
  form.elements.sha256.value = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  portrait.disabled = true; // a disabled field is not sent
  form.submit();
}

form.addEventListener("change", showNames);
form.addEventListener("submit", (event) => {
  if (canHash && portrait.files.length) {
    event.preventDefault();
    void hashAndSend();
  }
});
window.addEventListener("pageshow", () => { portrait.disabled = false; showNames(); });
document.body.classList.toggle("hashes-here", canHash);
