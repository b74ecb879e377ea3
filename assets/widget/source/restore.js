// Asks once for all elements that appeared together what the user had voted before.

import { core, shown } from "./shared.js";
import { post } from "./wire.js";

let waiting = [];

export const restore = (element) => {
  const { _record: entry, _endpoint: endpoint, _id: id } = element;
  if (entry._asked) return;
  entry._asked = true;
  if (waiting.push({ entry, endpoint, auth: element._auth(), id }) === 1) setTimeout(ask, 9);
};

const ask = () => {
  const groups = new Map();
  for (const one of waiting) {
    const { token, key, user_id } = one.auth;
    const name = core._encode([one.endpoint, !token, key, user_id]);
    groups.set(name, [...(groups.get(name) || []), one]);
  }
  waiting = [];
  for (const group of groups.values()) {
    while (group.length) askFor(group.splice(0, 500));
  }
};

const askFor = async (group) => {
  if (core._optedOut()) return;
  const { endpoint, auth } = group[0];
  const { status, data } = await post(endpoint + "/api/feedback/mine", auth.token
    ? { tokens: group.map((one) => one.auth.token) }
    : { ...auth, message_ids: group.map((one) => one.id) });
  const rows = status === 200 && data?.feedback;
  for (const { entry, id } of group) {
    if (Array.isArray(rows)) apply(entry, rows.find((row) => row?.message_id === id) || null);
    else entry._asked = false;
  }
};

const apply = (entry, row) => {
  const value = row?.feedback ?? null;
  // What the user did since, and what the page says, is newer.
  if (entry._touched || (entry._host && value !== entry._value)) return;
  Object.assign(entry, { _saved: row, _value: value });
  for (const element of shown(entry)) element._render();
};
