// The form that asks why, below the thumbs. It never changes the thumb and never takes the
// focus after a vote; it is the next stop of the Tab key.

import look from "./form.css";
import { reasonsFor, withStored } from "./reasons.js";

const english = {
  legendDown: "What was wrong?",
  legendUp: "What was good?",
  comment: "Comment (optional)",
  edit: "Edit the answer",
  correction: "How it should read",
  send: "Send",
  close: "Close",
  opened: "You can say why in the form below.",
  "reason.incorrect": "Not correct",
  "reason.instructions": "Did not follow my instructions",
  "reason.incomplete": "Incomplete",
  "reason.unclear": "Hard to understand",
  "reason.down.style": "Not my style",
  "reason.unsafe": "Harmful or unsafe",
  "reason.other": "Something else",
  "reason.correct": "Correct",
  "reason.helpful": "Helpful",
  "reason.clear": "Easy to understand",
  "reason.complete": "Complete",
  "reason.up.style": "Good style",
};

let sheet;

const adopt = ({ shadowRoot: { adoptedStyleSheets: sheets } }) => {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(look);
  }
  if (!sheets.includes(sheet)) sheets.push(sheet);
};

const make = (tag, name, properties, ...children) => {
  const made = document.createElement(tag);
  made.className = name;
  made.setAttribute("part", name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
};

const makeButton = (name, text, work) => {
  const button = make("button", name, { type: "button" }, make("span", "text", {}, text));
  if (work) button.addEventListener("click", work);
  return button;
};

const makeTag = ({ id, label }, chosen) => {
  const tag = makeButton("tag", label, () => {
    const on = tag.getAttribute("aria-pressed") !== "true";
    tag.setAttribute("aria-pressed", on);
    if (on) chosen.add(id);
    else chosen.delete(id);
  });
  tag.dataset.id = id;
  tag.setAttribute("aria-pressed", chosen.has(id));
  return tag;
};

const makeReasons = (reasons, legend, chosen) => make(
  "fieldset", "reasons", {},
  make("legend", "legend", {}, legend),
  make("div", "tags", {}, ...reasons.map((reason) => makeTag(reason, chosen))),
);

const makeArea = (name, text, value) => {
  const area = make("textarea", name, { id: name, rows: 2, dir: "auto", maxLength: 200000, value });
  return [make("label", "label", { htmlFor: name }, text), area];
};

const makeCorrection = (texts, stored, answer) => {
  const [label, area] = makeArea("correction", texts.correction, stored?.correction ?? answer);
  const toggle = makeButton("edit", texts.edit, () => {
    show(label.hidden);
    if (!label.hidden) area.focus();
  });
  toggle.setAttribute("aria-controls", "correction");
  const show = (open) => {
    label.hidden = area.hidden = !open;
    toggle.setAttribute("aria-expanded", open);
  };
  show(!!stored?.correction);
  return [toggle, label, area];
};

const plain = (text) => text.replace(/\r\n?/g, "\n");

/** Only what was asked for; null takes back what was stored. */
const fieldsOf = ({ chosen, comment, correction, answer, stored, hasReasons }) => {
  const fields = {};
  if (hasReasons && (chosen.size || stored?.reasons?.length)) fields.reasons = [...chosen];
  if (comment) {
    const text = comment.value.trim();
    if (text || stored?.comment) fields.comment = text || null;
  }
  if (correction && !correction.hidden) {
    const text = correction.value;
    const changed = text.trim() && plain(text) !== plain(answer);
    if (changed || stored?.correction) fields.correction = changed ? text : null;
  }
  return fields;
};

const build = (element, entry, value, reasons, texts) => {
  const given = entry._draft || entry.saved;
  const stored = given?.feedback === value ? given : null;
  const chosen = new Set(stored?.reasons ?? []);
  const answer = element._get("no-correction") === undefined ? answerOf(element) : "";
  const all = element._get("reasons") === "none"
    ? [] : withStored(reasons, stored?.reasons, value, texts);
  const form = make("form", "form", { noValidate: true });
  const state = { chosen, answer, stored, hasReasons: all.length > 0 };
  const legend = value === "up" ? texts.legendUp : texts.legendDown;
  if (all.length) form.append(makeReasons(all, legend, chosen));
  if (element._get("no-comment") === undefined) {
    const [label, area] = makeArea("comment", texts.comment, stored?.comment ?? "");
    state.comment = area;
    form.append(label, area);
  }
  if (answer) {
    const [toggle, label, area] = makeCorrection(texts, stored, answer);
    state.correction = area;
    form.append(toggle, label, area);
  }
  return { form, state };
};

const answerOf = (element) => {
  const id = element._get("for");
  const target = id &&
    (element.getRootNode().getElementById?.(id) || document.getElementById(id));
  return element.answer ?? element._get("response") ?? target?.textContent.trim() ?? "";
};

/** Keys belong to the form; pages with shortcuts would take them for their own. */
const keepKeys = (form, dismiss) => {
  for (const type of ["keydown", "keypress", "keyup"]) {
    form.addEventListener(type, (event) => event.stopPropagation());
  }
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    dismiss();
  });
};

const show = (element, entry, value, reasons, texts) => {
  const { form, state } = build(element, entry, value, reasons, texts);
  if (!form.children.length) return;
  const thumb = element._group.querySelector("." + value);
  const close = () => {
    const inside = form.contains(element.shadowRoot.activeElement);
    form.remove();
    element._group.removeEventListener("keydown", onThumbKey);
    element._form = null;
    if (inside) thumb.focus();
  };
  const dismiss = () => {
    close();
    element._render();
    thumb.focus();
  };
  const onThumbKey = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    dismiss();
  };
  const send = make("button", "send", { type: "submit" }, make("span", "text", {}, texts.send));
  form.append(make("div", "actions", {}, send, makeButton("close", texts.close, dismiss)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const fields = fieldsOf(state);
    dismiss();
    element._do(() => element._vote(value, fields));
  });
  keepKeys(form, dismiss);
  element._group.addEventListener("keydown", onThumbKey);
  adopt(element);
  element._group.after(form);
  element._form = { _value: value, _hint: " " + texts.opened, _close: close };
  return form;
};

const LANGUAGES = /^(de|es|fr|it|pt|nl|ja|zh|ar)\b/i;

/** Waits for the texts of the language, which are on their way, but not for long. */
const spoken = async (core, lang) => {
  for (let n = 0; n < 40 && LANGUAGES.test(lang) && !core._texts[lang]?.send; n++) {
    await new Promise((done) => setTimeout(done, 50));
  }
};

export const open = async (core, element, entry, value, focus) => {
  if (!value || element._form) return;
  const { lang } = element.closest("[lang]") || document.documentElement;
  await spoken(core, lang);
  const texts = { ...english, ...element._texts, ...core._texts[lang], ...element.strings };
  const reasons = await reasonsFor(core, element, value, lang, texts);
  const stale = element._form || element._record !== entry || entry.value !== value ||
    !element.isConnected || element._get("disabled") !== undefined;
  const form = !stale && show(element, entry, value, reasons, texts);
  if (!form) return;
  element._render();
  element._status.textContent += element._form._hint;
  if (focus) form.querySelector("button, textarea").focus();
};
