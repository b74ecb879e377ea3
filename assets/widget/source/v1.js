// <thumbs-feedback>: thumbs for one answer. This is the part every page loads: it shows, votes,
// keeps and restores. The form, the signals and what is needed when something goes wrong (sync.js)
// come when they are used. build.mjs makes built/v1.js and its parts from here.

import look from "./look.css";
import {
  OPT_OUT, QUEUE, anonymousId, encode, find, optedOut, put, safe, storedId, warn,
} from "./store.js";
import {
  blank, core, elements, paint, part, record, send, wake,
} from "./votes.js";
import { restore } from "./restore.js";

export { optIn, optOut } from "./store.js";

const english = {
  group: "Was this answer helpful?",
  up: "Good answer",
  down: "Bad answer",
  more: "Say why",
  saved: "Saved.",
  removed: "Taken back.",
  queued: "Will be sent later.",
  failed: "Could not be saved.",
  optedOut: "Could not be saved: opted out.",
  thanks: "Thank you.",
};

const THUMB = "M4 11v9m4-9 3-7q3 0 3 2l-1 4h7l-2 10H8z";
const MORE = "M6 12h0m6 0h0m6 0h0";

const SVG = "http://www.w3.org/2000/svg";

const thumb = (value) => (value === "up" || value === "down" ? value : null);

let lastTime = 0;

const set = (element, attributes) => {
  for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name]);
  return element;
};

const make = (parent, tag, name, attributes, space) => {
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  parent.append(set(element, { class: name, part: name, ...attributes }));
  return element;
};

let sheet;

class ThumbsFeedback extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = [
    "response-id", "value", "user", "token", "key", "endpoint", "disabled", "lang", "signals",
  ];

  connectedCallback() {
    elements.add(this);
    // A framework may have set it before the class was known.
    if (Object.hasOwn(this, "value")) {
      const { value } = this;
      delete this.value;
      this.value = value;
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
    return this._fresh ? this._host : this._record?.value ?? null;
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
    this._do(() => paint(this._record, blank));
  }

  /** Open the form for the thumb that is chosen. */
  open(focus) {
    this._do(() => part(__FORM__, "open", this, this._record, this._record.value, focus));
  }

  /** An implicit signal: copy, regenerate, retry, edit, dwell (with milliseconds). */
  signal(kind, value) {
    part(__SIGNALS__, "send", this, kind, value);
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

  // Attributes come one by one; what they mean together is known after the last one. A task for
  // each element, so that hundreds of them never hold up the page.
  _later() {
    clearTimeout(this._due);
    this._due = setTimeout(() => this.isConnected && this._do(() => this._render()));
  }

  _auth(keep) {
    const token = this._get("token");
    return token ? { token }
      : { key: this._get("key"), user_id: this._get("user") ?? anonymousId(keep) };
  }

  _update() {
    if (!this._group) this._build();
    const token = this._get("token"), user = this._get("user");
    // `escape` turns the bytes into what decodeURIComponent reads as UTF-8.
    const claims = (token && safe(() => JSON.parse(decodeURIComponent(escape(
      atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))))))) || {};
    const id = this._id = this._get("response-id") || claims.message_id;
    this._endpoint = (this._get("endpoint") ?? new URL(import.meta.url).origin).replace(/\/+$/, "");
    const key = encode([
      this._endpoint, !token && this._get("key"), claims.user_id ?? claims.subject ?? user, id,
    ]);
    const moved = key !== this._record?.key;
    if (moved) {
      this._form?._close();
      this._record = record(key);
    }
    const entry = this._record;
    const item = moved && !entry._touched && find(key);
    if (item) Object.assign(entry, { value: item.b.feedback, state: "queued", _touched: true });
    // What the user did on this page is newer than what the page was made with.
    if (moved ? this._host && !entry._touched : this._fresh) {
      if (entry.value !== this._host) entry.saved = { feedback: entry.value = this._host };
      entry._host = true;
    }
    this._fresh = false;
    // A visitor who never voted has nothing to restore and shall not be given an id.
    if (id && !entry._touched && !entry._asked && (storedId() || token || user)) {
      restore(entry, this._endpoint, id, this._auth());
    }
    if (this._get("signals")) this._watch ??= part(__SIGNALS__, "watch", this);
  }

  _build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this._group = make(root, "div", "group", { role: "group" });
    for (const name of ["up", "down", "more"]) {
      // Without a type it would send the form around it.
      const button = make(this._group, "button", "button " + name, { name, type: "button" });
      const icon = make(button, "svg", "icon", { viewBox: "2 2 20 20" }, SVG);
      make(icon, "path", "path", { d: thumb(name) ? THUMB : MORE }, SVG);
      // The second click of a double click is not a second opinion.
      button.onclick = ({ detail }) => detail > 1 ||
        (thumb(name) ? this.vote(name === this.value ? null : name) : this.open(true));
    }
    this._status = make(root, "span", "status", { role: "status" });
  }

  /** Show the record; `word` names what to tell, "" falls silent. */
  _render(word) {
    const out = optedOut(), off = this.hasAttribute("disabled"), { value, state } = this._record;
    if (value !== this._form?._value || off || out) this._form?._close();
    if (out !== this._out) this.hidden = this._out = out;
    if (out) return;
    const { lang } = this.closest("[lang]") || document.documentElement;
    // English is inside.
    /^(en|$)/i.test(lang) || core._texts[lang] || part(__SYNC__, "speak", lang, this._endpoint);
    const texts = this._texts = { ...english, ...core._texts[lang], ...this.strings };
    set(this._group, { "aria-label": texts.group, "data-state": state });
    for (const button of this._group.children) {
      const { name } = button;
      set(button, { title: texts[name], "aria-label": texts[name] });
      button.disabled = off;
      if (thumb(name)) set(button, { "aria-pressed": value === name });
      else button.hidden = off || !value || this._form || (this._get("reasons") === "none" &&
        this.hasAttribute("no-comment") && this.hasAttribute("no-correction"));
    }
    if (word != null) this._status.textContent = (texts[word] ?? "") + (this._form?._hint ?? "");
  }

  _emit(name, detail) {
    return this.dispatchEvent(new CustomEvent("thumbs-" + name, {
      bubbles: true, composed: true, cancelable: true,
      detail: { responseId: this._id, ...detail },
    }));
  }

  /** `extra` holds the fields of the form; a form never changes the thumb. */
  _vote(value, extra) {
    const entry = this._record, { key, value: previous } = entry;
    if (!this._id) return warn("no response-id");
    if (this.hasAttribute("disabled") || optedOut()) return;
    if (!extra && (value === previous || !this._emit("vote", { value, previous }))) return;
    lastTime = Math.max(Date.now(), lastTime + 1);
    const waiting = find(key)?.b;
    const body = {
      ...(waiting?.feedback === value && waiting),
      ...this._auth(true), message_id: this._id, feedback: value, ...extra,
      action_type: this._get("action-type"), variant: this._get("variant"),
      action_data:
        safe(() => this.context ?? JSON.parse(this._get("context") || null)) || undefined,
      client_ts: new Date(lastTime).toISOString(),
    };
    put(key, { k: key, e: this._endpoint, b: body, t: lastTime });
    // The last one tells of the answer.
    if (elements.delete(this)) elements.add(this);
    const change = { value, state: "", _touched: true, _draft: extra && body };
    paint(entry, change, extra ? "thanks" : "");
    send(key);
    if (!extra && (value === "down" || (value && this.hasAttribute("ask-up")))) this.open();
    return true;
  }
}

// Plain properties, but known to frameworks that look before they set.
Object.assign(ThumbsFeedback.prototype, { context: null, answer: null });

if (globalThis.customElements && !customElements.get("thumbs-feedback")) {
  sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  customElements.define("thumbs-feedback", ThumbsFeedback);
  addEventListener("storage", (event) => {
    if (event.key === QUEUE) part(__SYNC__, "hear", event);
    else if (!event.key || event.key === OPT_OUT) elements.forEach((element) => element._later());
  });
  addEventListener("online", wake);
  // Late enough for the elements of the page to be there and to hear the answers.
  setTimeout(wake, 99);
  setInterval(wake, 9e3);
}
