// What the widget keeps in the browser: an anonymous id, the opt-out mark and the queue.
// Storage may be full, blocked or absent; then the page's own memory serves until it is closed.

let warned;
export const warn = (problem) => {
  if (!warned) console.warn("thumbs:", warned = problem);
};

/** Nothing in here may ever break the page around it. */
export const safe = (work) => {
  try {
    return work();
  } catch (problem) {
    warn(problem);
  }
};

const ID = "thumbwheel:id";
export const OPT_OUT = "thumbwheel:optout";
export const QUEUE = "thumbwheel:queue";
const WEEK = 6048e5;

const memory = {};

/** Global Privacy Control: nothing may be kept beyond this page but the wish to opt out. */
const isPrivate = () => navigator.globalPrivacyControl;

const read = (name) => safe(() => memory[name] ?? localStorage[name]);

// Memory first, and out of it again when the disk has taken it. What may not be kept is
// deleted, too: under Global Privacy Control an id from earlier days goes with the next vote.
const write = (name, text, keep = !isPrivate()) => {
  memory[name] = text;
  safe(() => {
    if (text && keep) memory[name] = void (localStorage[name] = text);
    else delete localStorage[name];
  });
};

export const storedId = () => !isPrivate() && read(ID);

let id;
/** The browser's own random id; only a vote makes it permanent. */
export const anonymousId = (keep) => {
  id = storedId() || id || crypto.getRandomValues(new Uint32Array(4)).join("-");
  if (keep) write(ID, id);
  return id;
};

export const optedOut = () => read(OPT_OUT);

const choose = (mark) => {
  write(OPT_OUT, mark, true);
  // Votes that wait would be sent after the person said no.
  if (mark) write(QUEUE);
  // The event other tabs get from the browser; it reaches a second copy of this script too.
  dispatchEvent(new Event("storage"));
};

/** Turn feedback off in this browser: elements disappear and nothing is sent any more. */
export const optOut = () => choose("1");

/** Turn feedback on again. */
export const optIn = () => choose();

/**
 * Copies without prototypes: a page that adds `toJSON` to Object.prototype (old libraries do)
 * must not change what is sent.
 */
const bare = (value) => {
  if (!value || typeof value !== "object") return value;
  const copy = Object.setPrototypeOf(Array.isArray(value) ? [] : {}, null);
  for (const name of Object.keys(value)) copy[name] = bare(value[name]);
  return copy;
};

export const encode = (value) => JSON.stringify(bare(value));

/** An item: k key, e endpoint, b body, t time; sync.js adds l, "leave it alone until". */
export const load = () => safe(() =>
  JSON.parse(read(QUEUE) || "[]").filter(({ t }) => Date.now() - t < WEEK)) || [];

export const find = (key) => load().find(({ k }) => k === key);

/** Replace what waits under a key; without an item just drop it. */
export const put = (key, item) => {
  const items = load().filter(({ k }) => k !== key);
  if (item) items.push(item);
  write(QUEUE, items[0] && encode(items.slice(-100)));
};
