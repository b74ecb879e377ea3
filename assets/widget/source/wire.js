// One POST. Options have no prototype, see `bare` in store.js.

import { core } from "./shared.js";

const { fetch } = globalThis;

/** Status 0: no usable answer at all. Never rejects. */
export const post = async (url, message) => {
  let status = 0, data, wait = 0;
  try {
    const body = core._encode(message);
    const answer = await fetch(url, {
      __proto__: null,
      method: "POST",
      headers: { __proto__: null, "Content-Type": "text/plain;charset=UTF-8" },
      body,
      credentials: "omit",
      // Browsers refuse keepalive above 64 KiB.
      keepalive: new TextEncoder().encode(body).length < 6e4,
      signal: AbortSignal.timeout?.(2e4),
    });
    status = +answer.status || 0;
    const after = answer.headers.get("retry-after");
    // Seconds or a date; not beyond an hour, whatever a proxy says.
    if (after) wait = Math.min(36e5, +after * 1e3 || Date.parse(after) - Date.now() || 0);
    data = await answer.json();
  } catch {}
  return { status, data, wait };
};
