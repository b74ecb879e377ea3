// <thumbs-feedback>: thumbs for one answer. This is the part every page loads; what talks to
// the server, the form and the signals come later and only when they are used. build.mjs makes
// built/v1.js and its parts from here.

import look from "./look.css";
import {
  anonymousId, bare, decode, encode, find, optedOut, put, storedId,
} from "./store.js";
import { blank, elements, record, share, start, sync } from "./record.js";
import { textsFor } from "./texts.js";

export { optIn, optOut } from "./record.js";

const THUMB = "M4.5 11v8M8 11l3-7a2 2 0 0 1 3 2l-.5 4H18a2 2 0 0 1 2 2.5l-1.5 5.5a2 2 0 0 1-2 1.5" +
  "H10a2 2 0 0 1-2-2z";
const MORE = "M6 12h0m6 0h0m6 0h0";

const NAMES = ["up", "down", "more"];

let warned;
const warn = (problem) => {
  if (!warned) console.warn("thumbs:", warned = problem);
};

/** Nothing in here may ever break the page around it. */
const safe = (work) => {
  try {
    return work();
  } catch (problem) {
    warn(problem);
  }
};

const part = (name, use) => import(new URL(name, import.meta.url)).then(use).catch(warn);

const thumb = (value) => (value === "up" || value === "down" ? value : null);

let lastTime = 0;
const timestamp = () =>
  new Date(lastTime = Math.max(Date.now(), lastTime + 1)).toISOString();

// `escape` turns the bytes into what decodeURIComponent reads as UTF-8.
const readToken = (token) => safe(() => decode(decodeURIComponent(escape(
  atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))))));

const sheet = (css) => {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
};

const set = (element, attributes) => {
  for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name]);
  return element;
};

const make = (parent, tag, name, attributes) => {
  const element = set(document.createElement(tag), { class: name, part: name, ...attributes });
  parent.append(element);
  return element;
};

const makeButton = (parent, name, work) => {
  // Without a type it would send the form around it.
  const button = make(parent, "button", "button " + name, { type: "button" });
  const space = "http://www.w3.org/2000/svg";
  const svg = set(document.createElementNS(space, "svg"), {
    viewBox: "2 2 20 20", part: "icon",
  });
  svg.append(set(document.createElementNS(space, "path"), { d: thumb(name) ? THUMB : MORE }));
  button.append(svg);
  // The second click of a double click is not a second opinion.
  button.onclick = ({ detail }) => detail > 1 || work();
  // Somebody is about to vote.
  button.onpointerenter = button.onfocus = () => sync();
  return button;
};

let sheets;

class ThumbsFeedback extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = [
    "response-id", "value", "user", "token", "key", "endpoint", "disabled", "lang", "signals",
  ];

  connectedCallback() {
    elements.add(this);
    // A framework may have set properties before the class was known.
    for (const name of ["value", "strings"]) {
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
    }
    this._later();
  }

  disconnectedCallback() {
    elements.delete(this);
  }

  attributeChangedCallback(name, old, value) {
    if (name === "value") this.value = value;
    else this._later();
  }

  get value() {
    return this._fresh ? this._host : this._record?._value ?? null;
  }

  set value(value) {
    this._host = thumb(value);
    this._fresh = true;
    this._later();
  }

  get strings() {
    return this._strings;
  }

  set strings(value) {
    this._strings = value;
    this._later();
  }

  /** The same as a click; false when nothing was sent. */
  vote(value) {
    return !!this._do(() => this._vote(thumb(value)));
  }

  /** Forget what is shown, on this page only. */
  reset() {
    this._do(() => {
      Object.assign(this._record, blank);
      this._render();
    });
  }

  /** Open the form for the thumb that is chosen. */
  open() {
    this._do(() => this._open());
  }

  /** An implicit signal: copy, regenerate, retry, edit, dwell (with milliseconds). */
  signal(kind, value) {
    this._do(() => part(__SIGNALS__, ({ send }) => send(this, kind, value, sync)));
  }

  _do(work) {
    return safe(() => {
      this._update();
      return work();
    });
  }

  _get(name) {
    return this.getAttribute(name) ?? undefined;
  }

  _has(name) {
    return this.hasAttribute(name);
  }

  // Attributes come one by one; what they mean together is known after the last one. A task for
  // each element, so that hundreds of them never hold up the page.
  _later() {
    if (!this._due) {
      this._due = true;
      setTimeout(() => this._due && this.isConnected && this._do(() => this._render()));
    }
  }

  _auth(keep) {
    const token = this._get("token");
    return token ? { token }
      : { key: this._get("key"), user_id: this._get("user") ?? anonymousId(keep) };
  }

  _update() {
    this._due = false;
    if (!this._group) this._build();
    const token = this._get("token"), user = this._get("user");
    const claims = token && readToken(token);
    const id = this._id = this._get("response-id") || claims?.message_id;
    this._endpoint = (this._get("endpoint") ?? new URL(import.meta.url).origin).replace(/\/+$/, "");
    const key = encode(token
      ? [this._endpoint, "", claims?.user_id ?? claims?.subject, id]
      : [this._endpoint, this._get("key"), user, id]);
    const moved = key !== this._record?._key;
    if (moved) {
      this._form?._close();
      this._record = record(key);
    }
    const entry = this._record;
    const item = moved && !entry._touched && find(key);
    if (item) {
      Object.assign(entry, { _value: item.b.feedback, _state: "queued", _touched: true });
    }
    // What the user did on this page is newer than what the page was made with.
    if (moved ? this._host && !entry._touched : this._fresh) {
      if (entry._value !== this._host) entry._saved = { feedback: entry._value = this._host };
      entry._host = true;
    }
    this._fresh = false;
    // A visitor who never voted has nothing to restore and shall not be given an id.
    if (id && !entry._touched && (token || user || storedId())) {
      sync((engine) => engine._restore(this));
    }
    if (this._get("signals") && !this._watch && !optedOut()) {
      this._watch = part(__SIGNALS__, ({ watch }) => watch(this, sync));
    }
  }

  _build() {
    const root = this.attachShadow({ mode: "open" });
    const group = this._group = make(root, "div", "group", { role: "group" });
    sheets ??= [sheet(look), sheet(":host{display:none!important}")];
    this._sheets = [sheets[0]];
    this._buttons = {};
    for (const name of NAMES) {
      this._buttons[name] = makeButton(group, name, () => this._do(() => thumb(name)
        ? this._vote(name === this._record._value ? null : name)
        : this._open(true)));
    }
    this._status = make(root, "span", "status", { role: "status" });
  }

  /** Show the record; `word` names what to tell, "" falls silent. */
  _render(word) {
    if (!this._group) return;
    const out = optedOut();
    const { _value: value, _state: state } = this._record;
    const off = this._has("disabled");
    if (value !== this._form?._value || off || out) this._form?._close();
    this.shadowRoot.adoptedStyleSheets = out ? [sheets[1]] : this._sheets;
    if (out) return;
    const texts = this._texts = textsFor(this, this._endpoint);
    set(this._group, { "aria-label": texts.group, "data-state": state });
    for (const name of NAMES) {
      const button = set(this._buttons[name], { title: texts[name], "aria-label": texts[name] });
      button.disabled = off;
      if (thumb(name)) set(button, { "aria-pressed": value === name });
      else button.hidden = off || !value || this._form || !this._asks();
    }
    if (word != null) this._say(texts[word]);
  }

  _say(text = "") {
    this._status.textContent = text + (this._form?._hint ?? "");
  }

  _emit(name, detail) {
    return this.dispatchEvent(new CustomEvent("thumbs-" + name, {
      bubbles: true, composed: true, cancelable: true,
      detail: { responseId: this._id, ...detail },
    }));
  }

  /** `extra` holds the fields of the form; a form never changes the thumb. */
  _vote(value, extra) {
    const entry = this._record, previous = entry._value, key = entry._key;
    if (!this._id) return warn("response-id is missing");
    if (this._has("disabled") || optedOut()) return;
    if (!extra && (value === previous || !this._emit("vote", { value, previous }))) return;
    const context = safe(() => bare(this.context ?? decode(this._get("context") || null)));
    let body = {
      ...this._auth(true), message_id: this._id, feedback: value, ...extra,
      action_type: this._get("action-type"), variant: this._get("variant"),
      action_data: context || undefined,
      client_ts: timestamp(),
    };
    const waiting = find(key)?.b;
    if (waiting?.feedback === value) body = { ...waiting, ...body };
    // The server may never see the change in between, so it has to be told to forget.
    else if (waiting && value) body = { reasons: [], comment: null, correction: null, ...body };
    put(key, { k: key, e: this._endpoint, b: body, t: Date.now() });
    Object.assign(entry, {
      _value: value, _state: "", _by: this, _touched: true, _draft: extra && body,
    });
    share(entry, extra ? "thanks" : "");
    sync((engine) => engine._send(key));
    if (!extra && (value === "down" || (value && this._has("ask-up")))) this._open();
    return true;
  }

  /** Is there anything to ask for? */
  _asks() {
    return !(this._get("reasons") === "none" && this._has("no-comment") &&
      this._has("no-correction"));
  }

  _open(focus) {
    const entry = this._record, value = entry._value;
    if (value && this._asks()) {
      part(__FORM__, ({ open }) => {
        if (!this._form && entry === this._record) open(this, entry, value, focus, sync);
      });
    }
  }
}

// Plain properties, but known to frameworks that look before they set.
Object.assign(ThumbsFeedback.prototype, { context: null, answer: null });

if (globalThis.customElements && !customElements.get("thumbs-feedback")) {
  customElements.define("thumbs-feedback", ThumbsFeedback);
  start();
}
