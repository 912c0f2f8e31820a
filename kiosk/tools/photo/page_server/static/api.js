// Requests to the page's own server. All addresses are relative to the page, whose path contains the token.

import { language, text } from "./elements.js";

/** A response that is not a success; its message is a sentence for the person. */
export class Refusal extends Error {}

/** The address of a resource of the page, in its language. */
export function address(path, values = {}) {
  return `${path}?${new URLSearchParams({ ...values, lang: language })}`;
}

/** Send a request and return the JSON of the response. Throws Refusal with the reason. */
export async function request(path, options = {}, values = {}) {
  let response;
  try {
    response = await fetch(address(path, values), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(text("lost"));
  }
  const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
  const content = isJson ? await response.json() : {};
  if (!response.ok) throw new Refusal(content.sentence || `${response.status}`);
  return content;
}

export const post = (path, body = {}) => request(path, { method: "POST", body: JSON.stringify(body) });

/** Send one file; its bytes are not changed. */
export function sendFile(file, name) {
  return request("api/photos", { method: "POST", body: file, headers: { "X-File-Name": encodeURIComponent(name) } });
}
