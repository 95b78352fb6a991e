/** The HTTP API: requests, problems (RFC 9457), and the renewal of a session that has run out. */
import { memory } from "./memory.js";

const base = "/api/v1";

/** A request that did not succeed. Switch on `code`; `message` is a sentence for a person. */
export class Problem extends Error {
  /** @param {{status?: number, code?: string, detail?: string, title?: string, request_id?: string, errors?: {field: string, message: string}[]}} body */
  constructor(body, { status = body.status ?? 0, retryAfterS = null } = {}) {
    super(body.detail || body.title || "The server could not do this.");
    this.status = status;
    this.code = body.code ?? "internal";
    this.requestId = body.request_id ?? null;
    this.fields = Array.isArray(body.errors) ? body.errors : [];
    this.retryAfterS = retryAfterS;
  }

  /** Nothing reached the server, or no answer came back. */
  get isUnreachable() {
    return this.code === "unreachable";
  }

  /** Whether the same request may succeed later; it may even have been carried out, unheard. */
  get isPassing() {
    return this.isUnreachable || this.status >= 500 || this.status === 429;
  }
}

/** The problem a failed response carries; proxies answer HTML, so the body may be anything. */
async function problemOf(response) {
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const options = { status: response.status, retryAfterS: Number.isNaN(retryAfter) ? null : retryAfter };
  try {
    return new Problem(await response.json(), options);
  } catch {
    return new Problem(withoutBody(response.status), options);
  }
}

function withoutBody(status) {
  if (status === 413) return { code: "body_too_large", detail: "This is too large to send. Shorten it." };
  if ([502, 503, 504].includes(status)) return { code: "busy", detail: "The server does not answer at the moment." };
  return { code: "internal", detail: `The server answered with status ${status}.` };
}

async function attempt(path, { method = "GET", body, headers = {}, signal, keepalive, anonymous = false } = {}) {
  try {
    return await fetch(base + path, {
      method,
      signal,
      keepalive,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(api.owner && !anonymous ? { "atelier-user": api.owner } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "unreachable", detail: "The server cannot be reached. Check the connection." });
  }
}

/**
 * A mark that every renewal changes, shared by the tabs. Never a time: a browser's clock may be wrong, and
 * is set right when it was.
 */
const renewals = {
  get last() { return memory.get("renewed"); },
  note: () => memory.set("renewed", crypto.randomUUID()),
};

let renewing = null;

/**
 * Renews the session once for however many requests and tabs ask at the same moment.
 * @param before the mark when the request was made that found the session run out
 * @returns {Promise<boolean>} whether there is a session again
 */
function renew(before) {
  renewing ??= locked("atelier.refresh", async () => {
    if (renewals.last !== before) return true; // meanwhile, by another tab
    const response = await attemptRenewal();
    if (!response.ok) {
      const problem = await problemOf(response); // an unread body would hold its stream open
      if (problem.status === 401 || problem.status === 403) return false;
      throw problem;
    }
    response.body?.cancel();
    renewals.note();
    return true;
  }).finally(() => { renewing = null; });
  return renewing;
}

/** Once more when no answer came back: the server gives the same one again, for a minute. */
async function attemptRenewal() {
  const options = { method: "POST", body: {}, anonymous: true };
  try {
    return await attempt("/auth/refresh", options);
  } catch {
    return attempt("/auth/refresh", options);
  }
}

/** Runs `work` while no other tab runs what has the same name. */
export function locked(name, work) {
  return globalThis.navigator?.locks ? navigator.locks.request(name, work) : work();
}

/** `anonymous` asks for no session; `isRenewable: false` tries to get one back only where one has run out. */
async function request(path, { isRenewable = true, ...options } = {}) {
  // Twice: what another tab has renewed may have run out as well by the time it is used here.
  for (let renewalsLeft = 2; ; renewalsLeft -= 1) {
    const before = renewals.last;
    const response = await attempt(path, options);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.code === "signed_in_as_another") window.dispatchEvent(new Event("atelier:other-person"));
    if (problem.status !== 401 || options.anonymous) throw problem;
    const isRunOut = problem.code === "token_expired" || (isRenewable && problem.code === "unauthenticated");
    if (isRunOut && renewalsLeft > 0 && await renew(before)) continue;
    window.dispatchEvent(new Event("atelier:session-lost"));
    throw problem;
  }
}

async function read(path, options) {
  const response = await request(path, options);
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "unreachable", detail: "The answer of the server broke off." });
  }
}

/**
 * An address of the API: whatever is put in, ids above all, stays one part of it.
 * @example api.get(at`/conversations/${id}/messages`)
 */
export function at(parts, ...ids) {
  // Dots alone cannot be escaped, and would lead upwards; no id is called so.
  const escaped = ids.map((id) => encodeURIComponent(id).replace(/^\.{1,2}$/, "-"));
  return String.raw({ raw: parts }, ...escaped);
}

/** JSON in, JSON out; every failure is a `Problem`, except an abort. */
export const api = {
  /** Whose page this is: sent along, so that nothing is done in another person's name. */
  owner: null,
  get: (path, options) => read(path, options),
  post: (path, body = {}, options) => read(path, { ...options, method: "POST", body }),
  patch: (path, body, options) => read(path, { ...options, method: "PATCH", body }),
  delete: (path, body, options) => read(path, { ...options, method: "DELETE", body }),
  /** The response itself, for reading an event stream from its body. */
  stream: (path, options) => request(
    path,
    { ...options, headers: { ...options?.headers, accept: "text/event-stream" } },
  ),
};
