// One record per response and user on this page. Elements only show their record, so two
// elements of one response, and the same response in two tabs, always agree.

import { OPT_OUT, encode, find, load, optedOut, put, setOptedOut } from "./store.js";

export const elements = new Set();
const records = new Map();

export const blank = { _value: null, _saved: null, _state: "" };

/**
 * _value what is shown, _saved what the server confirmed, _touched voted here or waiting,
 * _host set by the page, _by the element that was used, _draft form fields on their way.
 */
export const record = (key) => {
  const entry = records.get(key) || { _key: key, ...blank };
  records.set(key, entry);
  return entry;
};

let channel;

const tell = (message) => {
  try {
    channel.postMessage(message);
  } catch {}
};

/** Show a change here and in the other tabs. `outcome` is set once the server has answered. */
export const share = (entry, word, outcome) => {
  for (const element of elements) if (element._record === entry) element._render(word);
  tell({
    k: entry._key, v: entry._value, s: entry._saved, q: entry._state, w: word, o: outcome,
  });
};

export const updateAll = () => {
  for (const element of elements) element._later();
};

export const core = {
  _elements: elements, _records: records, _record: record, _share: share,
  _encode: encode, _find: find, _load: load, _put: put, _optedOut: optedOut,
};

let loading, attempt = 0;

/** The part that talks to the server comes when there is something to say or to ask. */
export const sync = (work) => {
  if (optedOut()) return;
  loading ||= import(new URL(__SYNC__ + (attempt++ ? "?" + attempt : ""), import.meta.url))
    .then((part) => part.start(core));
  return loading.then(work).catch(() => {
    loading = 0;
    setTimeout(wake, 9e3);
    for (const { k } of load()) share(Object.assign(record(k), { _state: "queued" }), "queued");
  });
};

const wake = () => document.hidden || load()[0] && sync((engine) => engine._flush());

export const start = () => {
  try {
    channel = new BroadcastChannel("thumbwheel");
    channel.onmessage = ({ data }) => {
      if (records.has(data?.k)) sync((engine) => engine._hear(data));
    };
  } catch {}
  // Not the channel: it may be faster than the storage of the other tab.
  addEventListener("storage", ({ key }) => (key && key !== OPT_OUT) || updateAll());
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  document.addEventListener("visibilitychange", wake);
  // Late enough for the elements of the page to be there and to hear the answers.
  setTimeout(wake, 99);
};

const choose = (out) => {
  setOptedOut(out);
  // The event other tabs get from the browser; it reaches a second copy of this script too.
  dispatchEvent(new Event("storage"));
};

/** Turn feedback off in this browser: elements disappear and nothing is sent any more. */
export const optOut = () => choose("1");

/** Turn feedback on again. */
export const optIn = () => choose();
