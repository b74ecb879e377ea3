// One record per response and user on this page. Elements only show their record, so two
// elements of one response, and the same response in two tabs, always agree.

import { encode, find, load, optedOut, put, warn } from "./store.js";

export const elements = new Set();
const records = {};

export const blank = { value: null, saved: null, state: "" };

/**
 * value: what is shown; saved: what the server confirmed; _touched: voted here or waiting;
 * _host: set by the page; _draft: form fields on their way.
 */
export const record = (key) => records[key] ??= { key, ...blank };

/** The elements that show a record; the one that was used last comes last. */
const shown = (entry) => [...elements].filter((element) => element._record === entry);

/** Has another part do something. */
export const part = (name, act, ...given) =>
  import(new URL(name, import.meta.url)).then((it) => it[act](core, ...given)).catch(warn);

/** Change and show a record; `word` names what to tell. */
export const paint = (entry, change, word) =>
  shown(Object.assign(entry, change)).forEach((element) => element._render(word));

/** One POST. Never rejects. */
export const post = async (url, message) => {
  let answer, data;
  try {
    const body = encode(message);
    // A string goes as text/plain, for which no browser asks the server first.
    answer = optedOut() || await fetch(url, {
      __proto__: null,
      method: "POST",
      body,
      credentials: "omit",
      // Browsers refuse keepalive above 64 KiB, and a character may need three bytes.
      keepalive: body.length < 2e4,
      signal: AbortSignal.timeout(2e4),
    });
    data = await answer.json();
  } catch {}
  return { answer, data };
};

/**
 * Every vote is in the queue before it is sent and leaves it when the server has answered for
 * good. False when the server could not be reached: no use in trying others now.
 */
export const send = async (key) => {
  const entry = record(key), item = find(key), element = shown(entry).at(-1);
  if (!item || entry._busy) return true;
  entry._busy = true;
  const { answer, data } = await post(item.e + "/api/feedback", {
    // Prompt and answer are never written to disk: they come from the element or not at all.
    user_message: element?._get("prompt"), assistant_response: element?._get("response"),
    ...item.b,
  });
  entry._busy = false;
  const newest = find(key), row = data?.feedback, value = item.b.feedback;
  const status = answer?.status;
  const stored = status < 300 && row !== undefined;
  if (!stored && !/^(202|4(?!08|25|29))/.test(status)) {
    if (!optedOut()) {
      paint(entry, { state: "queued" }, "queued");
      part(__SYNC__, "retry", entry, item, answer);
    }
    return;
  }
  const word = stored ? (value ? (entry._draft ? "thanks" : "saved") : "removed")
    : status === 202 ? "optedOut" : "failed";
  if (stored) entry.saved = row;
  const newer = newest?.t > item.t;
  if (!newer) {
    put(key);
    paint(entry, {
      value: entry.saved?.feedback ?? null, state: stored ? "" : "error",
      _draft: !stored && entry._draft,
    }, word);
  }
  // One event per answer.
  shown(entry).at(-1)?._emit(...(stored ? ["saved", { value, feedback: row }] : ["error", {
    value, status, code: data?.code ?? data?.reason, detail: data?.detail,
  }]));
  return newer ? send(key) : true;
};

/** Sends what waits. Without the other part at least one after the other. */
export const wake = async () => {
  for (const { k } of load()) if (await part(__SYNC__, "flush") || !await send(k)) return;
};

/** What the other parts use; `_texts` are those of other languages. */
export const core = {
  _elements: elements, _load: load, _post: post, _put: put, _send: send, _texts: {},
};
