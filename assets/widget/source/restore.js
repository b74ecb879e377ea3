// Asks once for all elements that appeared together what the user had voted before.

import { paint, post } from "./votes.js";

const groups = {};

export const restore = (entry, endpoint, id, { token, ...auth }) => {
  const name = endpoint + auth.key + auth.user_id;
  // The server takes 500 at once.
  if (!(groups[name]?.length < 500)) {
    const group = groups[name] = [];
    setTimeout(() => {
      delete groups[name];
      ask(endpoint + "/api/feedback/mine", group, token
        ? { tokens: group.map((entry) => entry.token) }
        : { ...auth, message_ids: group.map((entry) => entry.id) });
    }, 9);
  }
  groups[name].push(Object.assign(entry, { id, token, _asked: true }));
};

const ask = async (url, group, message) => {
  const { data } = await post(url, message);
  if (!Array.isArray(data?.feedback)) return;
  for (const entry of group) {
    const saved = data.feedback.find((row) => row.message_id === entry.id) ?? null;
    const value = saved?.feedback ?? null;
    // What the user did since, and what the page says, is newer.
    if (entry._touched) entry.saved ??= saved;
    else if (!entry._host || value === entry.value) paint(entry, { saved, value });
  }
};
