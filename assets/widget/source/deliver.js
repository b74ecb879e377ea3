// Every vote is written to the queue before it is sent and leaves it when the server has
// answered for good: a page that is closed or goes offline in between loses nothing.

import { core } from "./shared.js";
import { post } from "./wire.js";
import { settle } from "./settle.js";

const LEASE = 25e3;

let tries = 0, timer, barred = 0, flushing = false;

const later = (wait) => {
  const pause = 1e3 + Math.random() * Math.min(59e3, 1e3 * 2 ** tries);
  if (wait) barred = Date.now() + wait;
  clearTimeout(timer);
  timer = setTimeout(flush, Math.max(wait, pause));
};

const inFlight = new Set();

// What failed here. Two tabs that write the queue in the same moment can lose an entry.
const failed = new Map();

/** Who opted out and comes back shall not find old votes being sent. */
export const drop = () => {
  if (core._optedOut()) failed.clear();
};

const lost = () => [...failed.values()].filter(({ k }) =>
  core._record(k)._state === "queued" && !core._find(k));

// A vote that was never tried has no lease; one that failed here may have got its old lease
// back from a tab that wrote the queue without knowing.
const isFree = ({ k, b, l }) =>
  !(l > Date.now()) || failed.get(k)?.b.client_ts === b.client_ts;

const pending = () => [...core._load(), ...lost()];

/** A page that goes away will not hear the answer: the next one need not wait for the lease. */
export const release = () => {
  for (const key of inFlight) {
    const item = core._find(key);
    if (item) core._put(key, { ...item, l: 0 });
  }
};

const isTemporary = (status) =>
  status < 400 || status > 499 || status === 408 || status === 425 || status === 429;

/** Prompt and answer are never written to disk: they come from the element or not at all. */
const textOf = (entry) => {
  const element = entry._by;
  if (element?._record !== entry) return {};
  return { user_message: element._get("prompt"), assistant_response: element._get("response") };
};

/** False when the server could not be reached: no use in trying the others now. */
const deliver = async (item) => {
  const entry = core._record(item.k);
  if (entry._busy || core._optedOut()) return true;
  entry._busy = true;
  inFlight.add(item.k);
  // Other tabs keep their hands off while this one waits for the answer.
  core._put(item.k, { ...item, l: Date.now() + LEASE });
  const { status, data, wait } =
    await post(item.e + "/api/feedback", { ...textOf(entry), ...item.b });
  entry._busy = false;
  inFlight.delete(item.k);
  const newest = core._find(item.k);
  const newer = !!newest && newest.b.client_ts !== item.b.client_ts;
  const stored = status < 300 && data?.feedback !== undefined;
  if (!stored && status !== 202 && isTemporary(status)) {
    if (core._optedOut()) return false;
    const kept = { ...(newest ?? item), l: 0 };
    core._put(item.k, kept);
    failed.set(item.k, kept);
    settle(item, { waits: true });
    later(wait);
    tries++;
    return false;
  }
  tries = 0;
  failed.delete(item.k);
  if (!newer) core._put(item.k);
  settle(item, { newer, status, data, stored });
  return newer ? deliver(newest) : true;
};

export const send = async (key) => {
  const item = core._find(key);
  if (!item) return;
  // The server asked for a pause; a new vote does not end it.
  if (Date.now() < barred) settle(item, { waits: true });
  else await deliver(item);
};

const work = async (lock) => {
  // Without the lock another tab is at it; look again later in case that tab goes away.
  if (lock !== null) {
    for (const { k } of pending()) {
      const item = core._find(k) ?? lost().find((one) => one.k === k);
      if (item && isFree(item) && !(await deliver(item))) return;
    }
  }
  if (pending().length) later(0);
};

export const flush = async () => {
  if (flushing || core._optedOut() || !pending().length || Date.now() < barred) return;
  flushing = true;
  const options = { __proto__: null, mode: "exclusive", ifAvailable: true };
  try {
    // Locks are refused in sandboxed frames, which have no storage to share either.
    if (!navigator.locks) await work();
    else await navigator.locks.request("thumbwheel", options, work).catch(() => work());
  } catch {}
  flushing = false;
};
