// What an answer of the server means for the record, its elements and the other tabs.

import { core, shown } from "./shared.js";

const announce = (entry, [name, detail]) => {
  // One event per answer, from the element that was used or any that still shows it.
  const all = shown(entry);
  const element = all.includes(entry._by) ? entry._by : all[0];
  element?._emit(name, detail);
};

const accept = (entry, value, row, newer) => {
  entry._saved = row;
  if (newer) return;
  const word = value ? (entry._draft ? "thanks" : "saved") : "removed";
  Object.assign(entry, { _value: row?.feedback ?? null, _state: "", _draft: null });
  return word;
};

const refuse = (entry, gone, newer) => {
  if (newer) return;
  Object.assign(entry, { _value: entry._saved?.feedback ?? null, _state: "error" });
  return gone ? "optedOut" : "failed";
};

export const settle = ({ k, b }, { waits, newer, status, data, stored }) => {
  const entry = core._record(k);
  const value = b.feedback;
  if (waits) {
    entry._state = "queued";
    return core._share(entry, "queued");
  }
  let word, outcome;
  if (stored) {
    word = accept(entry, value, data.feedback, newer);
    outcome = ["saved", { value, feedback: data.feedback }];
  } else {
    const gone = status === 202;
    word = refuse(entry, gone, newer);
    outcome = ["error", {
      value, status, code: gone ? "opted_out" : data?.code, detail: data?.detail,
    }];
  }
  core._share(entry, word, outcome);
  announce(entry, outcome);
};

/** Another tab changed something that is shown here too. */
export const hear = (data) => {
  const entry = core._records.get(data.k);
  if (!entry || entry._busy) return;
  const waited = entry._state === "queued";
  Object.assign(entry, { _value: data.v, _saved: data.s, _state: data.q, _touched: true });
  for (const element of shown(entry)) element._render(waited ? data.w : undefined);
  if (waited && data.o) announce(entry, data.o);
};
