// Implicit signals: what people do with an answer. Loaded only when a page asks for them, and
// silent under Global Privacy Control.

const { navigator } = globalThis;

/** Element -> { id, millis, since, core, observer } */
const watched = new Map();

const forbidden = (element) => navigator.globalPrivacyControl || !element._id;

/** Sent once and forgotten: a lost signal is not worth a queue. */
const post = (core, element, kind, value) => {
  if (forbidden(element)) return;
  const url = element._endpoint + "/api/signals";
  const body = { ...element._auth(), message_id: element._id, signal: kind };
  if (Number.isFinite(value)) body.value = value;
  core._post(url, body);
};

export const send = (core, element, kind, value) =>
  element._do(() => post(core, element, kind, value));

const answerOf = (element) => {
  const id = element._get("for");
  return id && (element.getRootNode().getElementById?.(id) || document.getElementById(id));
};

// An element that shows another response now starts again.
const stateOf = (element) => {
  const state = watched.get(element);
  if (state.id !== element._id) {
    Object.assign(state, { id: element._id, millis: 0 });
    if (state.since) state.since = performance.now();
  }
  return state;
};

const count = (state, visible) => {
  const now = performance.now();
  if (state.since) state.millis += now - state.since;
  state.since = visible ? now : 0;
};

// Once for an answer, also where a list that scrolls makes its element anew.
const sent = new Set();

/** What the page wants now: it may have changed its mind. */
const kindsOf = (element) => (element._get("signals") ?? "").split(/[\s,]+/);

const once = (element, kind, value) => {
  const state = stateOf(element), name = kind + " " + state.id;
  if (sent.has(name) || !kindsOf(element).includes(kind) || forbidden(element)) return;
  sent.add(name);
  // Not element.signal(): at pagehide there is no time for another import.
  post(state.core, element, kind, value);
};

const sendDwell = (element, state) => {
  count(state, false);
  // A glance in passing says nothing.
  if (state.millis >= 1e3) once(element, "dwell", Math.round(state.millis));
};

const forget = (element) => {
  const state = watched.get(element);
  sendDwell(element, state);
  state.observer?.disconnect();
  watched.delete(element);
  element._watch = null;
};

const each = (work) => {
  for (const element of watched.keys()) {
    try {
      if (element.isConnected) work(element, stateOf(element));
      else forget(element);
    } catch {}
  }
};

const onCopy = () => each((element) => {
  const answer = answerOf(element), selection = getSelection();
  if (answer && selection && !selection.isCollapsed && selection.containsNode(answer, true)) {
    once(element, "copy");
  }
});

const onVisibility = () => each((element, state) => {
  if (document.hidden) sendDwell(element, state);
  else if (state.inView) count(state, true);
});

const observe = (element, state) => {
  state.observer = new IntersectionObserver((entries) => {
    state.inView = entries.at(-1).isIntersecting;
    count(state, state.inView && !document.hidden);
    if (!element.isConnected && watched.has(element)) forget(element);
  });
  state.observer.observe(answerOf(element) || element);
};

let listening;
const listen = () => {
  if (listening) return;
  listening = true;
  document.addEventListener("copy", onCopy);
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", () => each(sendDwell));
};

export const watch = (core, element) => {
  if (navigator.globalPrivacyControl || watched.has(element)) return;
  const state = { id: element._id, millis: 0, since: 0, core };
  watched.set(element, state);
  if (kindsOf(element).includes("dwell")) observe(element, state);
  listen();
};
