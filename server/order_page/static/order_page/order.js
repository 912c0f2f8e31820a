// Requests the state of the order while somebody waits for it; without script there is a link to reload.
"use strict";

const live = document.getElementById("live");
const lost = document.getElementById("lost");

function waits() {
  return Boolean(document.getElementById("state")?.dataset.waits);
}

// Whether somebody has changed a field, opened a section or is in a field: then the state is not replaced.
function isInUse() {
  const fields = [...live.querySelectorAll("input:not([type=hidden]), textarea")];
  const changed = fields.some((field) => field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
  return changed || Boolean(live.querySelector("details[open]")) || ["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName);
}

async function refresh() {
  if (document.hidden || !waits() || isInUse()) return;
  try {
    const response = await fetch(live.dataset.url + location.search, { headers: { "Zhengguan-Poll": "1" } });
    if (!response.ok) throw new Error(String(response.status));
    const text = await response.text();
    if (isInUse()) return;
    const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
    live.innerHTML = text;
    if (focused) document.getElementById(focused)?.focus();
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

// WeChat's browser has this bridge; the result of the payment comes from the server alone.
function openWeChatPay(button) {
  const bridge = window.WeixinJSBridge;
  document.getElementById("no_bridge").hidden = Boolean(bridge);
  if (bridge) bridge.invoke("getBrandWCPayRequest", JSON.parse(button.dataset.values), refresh);
}

// Once for each payment: a reload or a person's "cancel" does not open it again.
function openWeChatPayOnce() {
  const button = document.getElementById("wechat_pay");
  if (!button || !window.WeixinJSBridge) return;
  const name = `wechat_pay ${JSON.parse(button.dataset.values).package}`;
  if (sessionStorage.getItem(name)) return;
  sessionStorage.setItem(name, "1");
  openWeChatPay(button);
}

live.addEventListener("click", (event) => {
  const button = event.target.closest("#wechat_pay");
  if (button) openWeChatPay(button);
});
document.addEventListener("WeixinJSBridgeReady", openWeChatPayOnce);
openWeChatPayOnce();

setInterval(refresh, 1000 * Number(live.dataset.seconds));
document.addEventListener("visibilitychange", refresh);
