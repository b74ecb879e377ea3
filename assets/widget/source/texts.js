// English is inside; other languages are fetched when an element needs them.

import { updateAll } from "./record.js";

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

const LANGUAGES = /^(de|es|fr|it|pt|nl|ja|zh|ar)\b/;
const loaded = {};

export const textsFor = (element, endpoint) => {
  const { lang } = element.closest("[lang]") || document.documentElement;
  const known = LANGUAGES.exec(lang.toLowerCase());
  const url = known && `${endpoint}/w/i18n/${known[0]}.json`;
  if (url && !loaded[url]) {
    loaded[url] = {};
    fetch(url).then((answer) => answer.json()).then((texts) => {
      loaded[url] = texts;
      updateAll();
    }).catch(() => {});
  }
  return { ...english, ...loaded[url], ...element.strings };
};
