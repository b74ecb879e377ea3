// The page behind a link in a message. The token stands behind the #, and nothing is written until
// somebody clicks. Users of somebody's product read it, so it speaks their language if it can.
const [question, place, note] = ["question", "thumbs", "note"].map((id) => document.getElementById(id));
const LANGUAGES = ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt", "zh"];

const texts = {
  group: question.textContent,
  thanks: "Thank you.",
  removed: "Taken back.",
  failed: "Could not be saved.",
};

async function translate() {
  const wanted = navigator.languages.map((tag) => tag.split("-")[0]);
  const language = wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en";
  if (language === "en") return;
  Object.assign(texts, await (await fetch(`/w/i18n/${language}.json`)).json());
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  question.textContent = texts.group;
}

// What is so rare that it has no translation.
function inEnglish(sentence) {
  note.lang = "en";
  note.dir = "ltr";
  note.textContent = sentence;
}

function show() {
  const token = location.hash.slice(1);
  place.replaceChildren();
  note.textContent = "";
  if (!token.startsWith("twm1.")) {
    inEnglish("This link is not complete. Please open it again from the message.");
    return;
  }
  const thumbs = document.createElement("thumbs-feedback");
  thumbs.setAttribute("token", token);
  place.append(thumbs);
}

document.addEventListener("thumbs-saved", (event) => {
  note.textContent = event.detail.value ? texts.thanks : texts.removed;
});
document.addEventListener("thumbs-error", (event) => {
  const over = ["expired_token", "invalid_token"].includes(event.detail.code);
  if (over) inEnglish("This link is not valid any more.");
  else note.textContent = texts.failed;
});
addEventListener("hashchange", show);
// In English where the texts cannot be had.
translate().catch(() => {}).then(show);
