/** One generation's events from its first to its last, over as many connections as that takes. */
import { readEvents, silenceMs, within } from "./sse.js";

/**
 * The wait before attempt `attempt` (1 is the first repeat), with jitter against crowds; at least as long as the
 * server asked for.
 * @param {{retryAfterS?: number|null}} [error] what the last attempt ended with
 * @returns {number} milliseconds
 */
export function backoffMs(attempt, error, random = Math.random) {
  const ceiling = Math.min(15_000, 400 * 2 ** (attempt - 1));
  return Math.max((error?.retryAfterS ?? 0) * 1000, Math.round(ceiling * (0.5 + random() / 2)));
}

/** How often a stream that never named its generation is asked for again. */
const openingAttempts = 3;

/**
 * @typedef {object} Follow
 * @property {() => Promise<ReadableStream>} open the first connection; asked again only if it is cut before it
 *   named the generation, so it must be harmless to repeat (an `Idempotency-Key`)
 * @property {(generationId: string, lastId: string|null) => Promise<ReadableStream>} resume
 * @property {string|null} [generationId] known already when an answer that runs is joined
 * @property {(ms: number) => Promise<void>} wait settles after the time, rejects when nobody watches any more
 * @property {EventTarget} [wakes] fires `wake` when time may have stood still
 * @property {(connected: boolean) => void} [onConnection]
 * @property {(error: Error) => boolean} isFinal whether an error means that trying again is no use
 */

/**
 * Yields `{type, data}` up to and including `done` or `error`. A connection that ends before that was cut, and
 * the next one goes on where it ended.
 * @param {Follow} options
 */
export async function* followGeneration(options) {
  // A connection that fails after the page woke, unheard since, says nothing about the next one.
  let isWoken = false;
  const noteWake = () => { isWoken = true; };
  options.wakes?.addEventListener("wake", noteWake);
  const wait = async (ms) => {
    if (!isWoken) await options.wait(ms);
    isWoken = false;
  };
  try {
    for await (const event of follow({ ...options, wait })) {
      isWoken = false;
      yield event;
    }
  } finally {
    options.wakes?.removeEventListener("wake", noteWake);
  }
}

async function* follow({
  open,
  resume,
  generationId = null,
  wait,
  wakes,
  onConnection = () => {},
  isFinal,
}) {
  let lastId = null;
  for (let attempt = 0; ; attempt += 1) {
    let fault = null;
    try {
      const body = await connected(generationId && attempt > 0 ? resume(generationId, lastId) : open(), wakes);
      onConnection(true);
      for await (const { type, data, id } of readEvents(body, { wakes })) {
        const event = { type, data: parse(data) };
        if (id) lastId = id;
        if (type === "generation") generationId = event.data.generation_id;
        attempt = 0;
        yield event;
        if (type === "done" || type === "error") return;
      }
    } catch (error) {
      const opening = !generationId && attempt === 0;
      if (error.name === "AbortError" || isFinal(error) || opening) throw error;
      fault = error;
    }
    if (!generationId && attempt + 1 >= openingAttempts) throw new Error("The answer did not begin.");
    onConnection(false);
    await wait(backoffMs(attempt + 1, fault));
  }
}

/** The body, if it comes in time. One that comes too late is let go, or the server would go on writing into it. */
async function connected(opening, wakes) {
  try {
    return await within(silenceMs, opening, wakes);
  } catch (error) {
    opening.then((body) => body.cancel()).catch(() => {});
    throw error;
  }
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return {};
  }
}
