// What the widget keeps in the browser: an anonymous id, the opt-out mark and the queue.
// Storage may be full, blocked or absent; then the page's own memory serves until it is closed.

const ID = "thumbwheel:id";
export const OPT_OUT = "thumbwheel:optout";
const QUEUE = "thumbwheel:queue";
const WEEK = 6048e5;

const memory = {};

/** Global Privacy Control: nothing may be kept beyond this page. */
export const privacy = () => navigator.globalPrivacyControl;

const onDisk = (name) => name === OPT_OUT || !privacy();

const read = (name) => {
  try {
    if (!(name in memory) && onDisk(name)) return localStorage[name];
  } catch {}
  return memory[name];
};

const write = (name, text) => {
  memory[name] = text;
  try {
    if (onDisk(name)) {
      if (text) localStorage[name] = text;
      else delete localStorage[name];
      delete memory[name];
    }
  } catch {}
};

export const storedId = () => !privacy() && read(ID);

let id;
/** The browser's own random id; only a vote makes it permanent. */
export const anonymousId = (keep) => {
  id = read(ID) || id || crypto.getRandomValues(new Uint32Array(4)).join("-");
  if (keep) write(ID, id);
  return id;
};

export const optedOut = () => read(OPT_OUT) === "1";

export const setOptedOut = (out) => {
  write(OPT_OUT, out);
  // Votes that wait would be sent after the person said no.
  if (out) write(QUEUE);
};

/**
 * Copies without prototypes: a page that adds `toJSON` to Object.prototype (old libraries do)
 * must not change what is sent.
 */
export const bare = (value) => {
  if (!value || typeof value !== "object") return value;
  // Array.from, because a bare array has lost its methods.
  if (Array.isArray(value)) return Object.setPrototypeOf(Array.from(value, bare), null);
  const copy = { __proto__: null };
  for (const name of Object.keys(value)) copy[name] = bare(value[name]);
  return copy;
};

export const encode = (value) => JSON.stringify(bare(value));
export const decode = (text) => JSON.parse(text);

/** An item: k key, e endpoint, b body, t time, l "leave it alone until" (in flight). */
export const load = () => {
  try {
    return decode(read(QUEUE)).filter(({ k, e, b, t }) => k && e && b && Date.now() - t < WEEK);
  } catch {
    return [];
  }
};

export const find = (key) => load().find((item) => item.k === key);

/** Replace what waits under a key; without an item just drop it. */
export const put = (key, item) => {
  const items = load().filter(({ k }) => k !== key);
  if (item) items.push(item);
  write(QUEUE, items.length && encode(items.slice(-100)));
};
