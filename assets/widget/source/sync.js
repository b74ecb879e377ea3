// What a page seldom needs: trying again, following other tabs, speaking other languages.

const LEASE = 25e3;
// A vote so young may be on its way in another tab.
const YOUNG = 2e3;
const LANGUAGES = /^(de|es|fr|it|pt|nl|ja|zh|ar)\b/;

let core, flushing, timer, tries = 0;
// Not before: the next try, and the end of the pause that the server asked for.
let next = 0, barred = 0;

// What failed here. Two tabs that write the queue in the same moment can lose an entry.
const failed = new Map();

const inFlight = new Set();

const find = (key) => core._load().find(({ k }) => k === key);

const optedOut = () => {
  try {
    return localStorage["thumbwheel:optout"];
  } catch {}
};

/** A page that goes away will not hear the answer: the next one need not wait for the lease. */
const release = () => {
  for (const key of inFlight) {
    const item = find(key);
    if (item) core._put(key, { ...item, l: 0 });
  }
};

const use = (given) => {
  if (core) return;
  core = given;
  addEventListener("pagehide", release);
  addEventListener("online", work);
  addEventListener("visibilitychange", () => document.hidden || work());
  // Who opted out and comes back shall not find old votes being sent.
  addEventListener("storage", ({ key }) => key !== "thumbwheel:queue" && failed.clear());
};

const later = () => {
  const pause = 1e3 + Math.random() * Math.min(59e3, 1e3 * 2 ** tries);
  next = Math.max(Date.now() + pause, barred);
  clearTimeout(timer);
  timer = setTimeout(work, next - Date.now());
};

/** Seconds or a date; not beyond an hour, whatever a proxy says. */
const pauseOf = (answer) => {
  let text;
  try {
    text = answer.headers.get("retry-after");
  } catch {}
  return Math.min(36e5, +text * 1e3 || Date.parse(text) - Date.now() || 0);
};

/** A vote could not be delivered: keep it, and try again later. */
export const retry = (given, entry, item, answer) => {
  use(given);
  if (optedOut()) return;
  // Perhaps there is a newer one by now.
  const kept = { ...(find(item.k) ?? item), l: 0 };
  core._put(item.k, kept);
  failed.set(item.k, { entry, item: kept });
  barred = Math.max(barred, Date.now() + pauseOf(answer));
  later();
  tries++;
};

const isFree = ({ k, t, l = t + YOUNG }) => l < Date.now() || failed.get(k)?.item.t === t;

const pending = () => {
  const lost = [...failed.values()].filter(({ entry, item }) =>
    entry.state === "queued" && !find(item.k));
  return [...core._load(), ...lost.map(({ item }) => item)];
};

/** False when the server could not be reached. */
const deliver = async (item) => {
  const { k: key } = item;
  // The page may have a token by now that lives longer.
  const fresh = [...core._elements].find((element) => element._record?.key === key)?._get("token");
  const b = fresh ? { ...item.b, token: fresh } : item.b;
  // Other tabs keep their hands off while this one waits for the answer.
  core._put(key, { ...item, b, l: Date.now() + LEASE });
  inFlight.add(key);
  failed.delete(key);
  const reached = await core._send(key);
  inFlight.delete(key);
  if (reached) tries = 0;
  return reached;
};

const deliverAll = async (lock) => {
  // Without the lock another tab is at it; look again later in case that tab goes away.
  if (lock !== null) {
    for (const item of pending()) if (isFree(item) && !await deliver(item)) return;
  }
  if (pending().length) later();
};

const work = async () => {
  if (flushing || !pending().length || Date.now() < barred) return;
  flushing = true;
  const options = { __proto__: null, mode: "exclusive", ifAvailable: true };
  try {
    // Locks are refused in sandboxed frames, which have no storage to share either.
    if (!navigator.locks) await deliverAll();
    else {
      await navigator.locks.request("thumbwheel", options, deliverAll).catch(() => deliverAll());
    }
  } catch {}
  flushing = false;
};

/** True: it is taken care of. */
export const flush = (given) => {
  use(given);
  if (Date.now() >= next) work();
  return true;
};

const itemsOf = (text) => {
  try {
    return JSON.parse(text) ?? [];
  } catch {
    return [];
  }
};

/** Another tab's vote has left the queue: only the server knows what became of it. */
const learn = async (entry, elements, value) => {
  const waited = entry.state === "queued";
  const { token, ...auth } = elements[0]._auth();
  const { data } = await core._post(elements[0]._endpoint + "/api/feedback/mine", token
    ? { tokens: [token] } : { ...auth, message_ids: [elements[0]._id] });
  // What happened here since is newer.
  if (!Array.isArray(data?.feedback) || entry._busy || find(entry.key)) return;
  const saved = data.feedback[0] ?? null;
  const now = saved?.feedback ?? null, kept = now === value;
  Object.assign(entry, { saved, value: now, state: waited && !kept ? "error" : "" });
  const word = kept ? (value ? "saved" : "removed") : "failed";
  for (const element of elements) element._render(waited ? word : undefined);
  if (waited) {
    elements.at(-1)._emit(...(kept ? ["saved", { value, feedback: saved }]
      : ["error", { value, status: 0 }]));
  }
};

/** Another tab has changed the queue: show what it did to what is shown here, too. */
export const hear = (given, { oldValue, newValue }) => {
  use(given);
  const old = itemsOf(oldValue), items = itemsOf(newValue);
  const all = [...core._elements];
  for (const entry of new Set(all.map((element) => element._record))) {
    if (!entry || entry._busy) continue;
    const elements = all.filter((element) => element._record === entry);
    const of = ({ k }) => k === entry.key;
    const before = old.find(of), item = items.find(of);
    if (item) {
      const state = item.l === 0 ? "queued" : entry.state;
      Object.assign(entry, { value: item.b.feedback, state, _touched: true });
      for (const element of elements) element._render();
    } else if (before) learn(entry, elements, before.b.feedback);
  }
};

/** Fetches the texts of a language and shows them. */
export const speak = async (given, lang, endpoint) => {
  use(given);
  const known = LANGUAGES.exec(lang.toLowerCase());
  core._texts[lang] = {};
  if (!known) return;
  const answer = await fetch(`${endpoint}/w/i18n/${known[0]}.json`);
  core._texts[lang] = await answer.json();
  for (const element of core._elements) element._later();
};
