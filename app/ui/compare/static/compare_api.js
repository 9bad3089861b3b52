/* Requests of the Compare page: JSON by POST, one retry with the same body, two kinds of errors.
   Nothing here touches the page. */

import { inSite } from "./site.js";

const TIMEOUT_MS = 15000;
const FILE_TIMEOUT_MS = 60000;
const RETRY_AFTER_MS = 700;

/** The server refused the request; `message` is its text for the user. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** There was no usable reply; `message` is the server's text, or empty. */
export class Unreachable extends Error {}

/**
 * Send a request.
 * @param {string} path - address below the origin
 * @param {object} body - JSON body
 * @param {{retry?: boolean}} options - `retry`: repeat once after a failure of the network or the server; only for
 *   requests that the server recognises by their token
 * @returns {Promise<object>} the reply, with `retried` added when it took two attempts
 */
export async function post(path, body, { retry = false } = {}) {
  try {
    return await send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  } catch (error) {
    if (!retry || !(error instanceof Unreachable)) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
  return { ...(await post(path, body)), retried: true };
}

/** Send a file as it is; browsers keep only small requests alive beyond their page. Raises as `post`. */
export function postFile(path, file) {
  const init = { method: "POST", headers: { "content-type": file.type }, body: file };
  return send(path, init, { timeout: FILE_TIMEOUT_MS, keepalive: false });
}

/** Fetch the page's texts in the user's language: `{language, texts}`. */
export function getTexts() {
  return send("/api/texts", { method: "GET" });
}

async function send(path, init, { timeout = TIMEOUT_MS, keepalive = init.method === "POST" } = {}) {
  let response;
  try {
    response = await fetch(inSite(path), {
      ...init,
      credentials: "same-origin",
      cache: "no-store",
      keepalive,
      signal: AbortSignal.timeout(timeout),
    });
  } catch {
    throw new Unreachable("");
  }
  let reply = null;
  try {
    reply = await response.json();
  } catch {
    // A reply that is not JSON comes from a proxy or was cut off.
  }
  if (response.ok && reply !== null) return reply;
  const sentence = typeof reply?.error === "string" ? reply.error : "";
  if (response.ok || response.status >= 500) throw new Unreachable(sentence);
  throw new Refused(response.status, reply?.code ?? "", sentence);
}
