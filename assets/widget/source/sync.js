// The part that talks to the server: sends, tries again, restores, follows the other tabs.

import { use } from "./shared.js";
import { drop, flush, release, send } from "./deliver.js";
import { hear } from "./settle.js";
import { restore } from "./restore.js";
import { post } from "./wire.js";

/** Under Global Privacy Control an id from earlier days goes too. */
const forgetId = () => {
  try {
    if (navigator.globalPrivacyControl) localStorage.removeItem("thumbwheel:id");
  } catch {}
};

export const start = (core) => {
  use(core);
  forgetId();
  addEventListener("pagehide", release);
  addEventListener("storage", drop);
  return { _flush: flush, _hear: hear, _post: post, _restore: restore, _send: send };
};
