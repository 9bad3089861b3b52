/* How the Compare page talks to the server: JSON by POST, one retry with the same body, errors of two kinds.
   Nothing here touches the page. */

const TIMEOUT_MS = 15000;
const RETRY_AFTER_MS = 700;

/** The server understood and said no; `message` is its sentence for the user. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No usable answer came; `message` is the server's sentence, or empty when there is none. */
export class Unreachable extends Error {}

/**
 * Send a request.
 * @param {string} path - address below the origin
 * @param {object} body - what becomes JSON
 * @param {{again?: boolean}} options - `again`: repeat once after a failure of the network or the server; only for
 *   requests that the server recognises as the same by their token
 * @returns {Promise<object>} the reply, with `retried` added when it took two attempts
 */
export async function post(path, body, { again = false } = {}) {
  try {
    return await send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  } catch (error) {
    if (!again || !(error instanceof Unreachable)) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
  return { ...(await post(path, body)), retried: true };
}

/** Fetch the page's texts in the user's language: `{language, texts}`. */
export function getTexts() {
  return send("/api/texts", { method: "GET" });
}

async function send(path, init) {
  let response;
  try {
    response = await fetch(path, {
      ...init,
      credentials: "same-origin",
      cache: "no-store",
      keepalive: init.method === "POST",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Unreachable("");
  }
  let reply = null;
  try {
    reply = await response.json();
  } catch {
    // An answer that is no JSON comes from something in between, or was cut off.
  }
  if (response.ok && reply !== null) return reply;
  const sentence = typeof reply?.error === "string" ? reply.error : "";
  if (response.ok || response.status >= 500) throw new Unreachable(sentence);
  throw new Refused(response.status, reply?.code ?? "", sentence);
}
