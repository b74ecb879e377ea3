// Which reasons the form offers: those of the page, else of the project, else the built-in ones.

const builtIn = {
  __proto__: null,
  down: ["incorrect", "instructions", "incomplete", "unclear", "style", "unsafe", "other"],
  up: ["correct", "helpful", "clear", "complete", "style"],
};

const labelOf = (id, value, texts) =>
  texts[`reason.${value}.${id}`] ?? texts["reason." + id] ?? id;

const labelled = (ids, value, texts) => ids.map((id) => ({ id, label: labelOf(id, value, texts) }));

const asked = new Map();

const ask = (core, element, lang) => {
  const { key, token } = element._auth();
  const action = element._get("action-type");
  const name = JSON.stringify([element._endpoint, key, action, lang]);
  if (!asked.has(name)) {
    const body = { key, token, action_type: action, lang: lang || undefined };
    asked.set(name, core._post(element._endpoint + "/api/feedback/form", body)
      .then((answer) => {
        // Ask again next time when it went wrong.
        if (answer.data?.reasons === undefined) asked.delete(name);
        return answer?.data?.reasons;
      }));
  }
  return asked.get(name);
};

const isReason = (one) => typeof one?.id === "string";

const projectReasons = async (core, element, value, lang) => {
  const timeout = new Promise((done) => setTimeout(done, 2e3));
  try {
    const list = (await Promise.race([ask(core, element, lang), timeout]))?.[value];
    if (!Array.isArray(list)) return;
    return list.filter(isReason).map(({ id, label }) => ({ id, label: String(label ?? id) }));
  } catch {}
};

export const reasonsFor = async (core, element, value, lang, texts) => {
  const own = element._get("reasons")?.trim();
  if (own === "none") return [];
  if (own) {
    return labelled(own.split(",").map((id) => id.trim()).filter(Boolean), value, texts);
  }
  const project = await projectReasons(core, element, value, lang);
  return project ?? labelled(builtIn[value], value, texts);
};

/** What is stored is shown, also when the list has changed since. */
export const withStored = (reasons, stored, value, texts) => {
  const missing = (stored ?? []).filter((id) => !reasons.some((one) => one.id === id));
  return [...reasons, ...labelled(missing, value, texts)];
};
