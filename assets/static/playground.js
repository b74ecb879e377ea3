// The playground: a chat with thumbs beside each answer, and the row that a click becomes.
const part = (id) => document.getElementById(id);
const [talk, form, input, note, rows, again] = ["talk", "ask", "message", "note", "row", "again"].map(part);

// The conversation stays in this browser, so that thumbs can be seen to come back after a reload.
const KEY = "thumbwheel-playground";
const MESSAGES_MAX = 20;
const FIELDS = [
  "feedback", "reasons", "comment", "correction", "user_message", "assistant_response",
  "action_type", "action_data", "message_id", "user_id", "trust", "created_at", "updated_at",
];
let shown = {};

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (typeof kept?.visitor === "string" && Array.isArray(kept.messages)) return kept;
  } catch {
    // Nothing kept, or not readable: begin anew.
  }
  return { visitor: crypto.getRandomValues(new Uint32Array(4)).join("-"), messages: [] };
}

let kept = load();

function keep() {
  kept.messages = kept.messages.slice(-MESSAGES_MAX);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Without a place to keep it the conversation ends with the page.
  }
}

async function post(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const json = await reply.json();
  if (!reply.ok) throw new Error(json.detail);
  return json;
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text ?? "";
  return made;
}

function show({ asked, answer, action_type: type, action_data: data, message_id: id, token }) {
  const item = element("li", "exchange");
  const said = element("div", "said");
  const words = element("p", "answer", answer);
  words.id = `answer-${id}`;
  const thumbs = document.createElement("thumbs-feedback");
  const attributes = {
    "response-id": id, token, "action-type": type, for: words.id, signals: "copy dwell",
  };
  for (const [name, value] of Object.entries(attributes)) thumbs.setAttribute(name, value);
  thumbs.context = data;
  said.append(words, thumbs, element("code", "type", type));
  item.append(element("p", "asked", asked), said);
  talk.append(item);
  again.hidden = false;
}

async function ask(message) {
  part("trouble").textContent = "";
  try {
    const reply = await post("/playground/ask", { message, visitor: kept.visitor });
    const exchange = { asked: message, ...reply };
    kept.messages.push(exchange);
    keep();
    show(exchange);
    talk.lastElementChild.scrollIntoView({ block: "nearest" });
  } catch (problem) {
    part("trouble").textContent = `This did not work: ${problem.message}`;
  }
}

function text(value) {
  if (value === null || value === undefined) return "null";
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function showRow(token) {
  const { row } = await post("/playground/row", { token });
  rows.replaceChildren();
  if (!row) {
    shown = {};
    note.textContent = "Taken back: the row is gone, and no number counts it.";
    return;
  }
  note.textContent = `Row ${row.id} of feedback, received ${new Date(row.received_at).toLocaleTimeString()}.`;
  for (const name of FIELDS) {
    const value = element("dd", row[name] === null ? "none" : "", text(row[name]));
    if (shown.id === row.id && text(shown[name]) !== text(row[name])) value.classList.add("changed");
    rows.append(element("dt", "", name), value);
  }
  shown = row;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const message = input.value.trim();
  input.value = "";
  if (message) ask(message);
});
part("suggestions").addEventListener("click", (event) => {
  if (event.target instanceof HTMLButtonElement) ask(event.target.textContent);
});
again.addEventListener("click", () => {
  kept.messages = [];
  keep();
  location.reload();
});
document.addEventListener("thumbs-saved", (event) => {
  const token = event.target.getAttribute("token");
  showRow(token).catch((problem) => { note.textContent = problem.message; });
});

kept.messages.forEach(show);
