// What the core hands over when it loads this part; its state must not exist twice.

export let core;

export const use = (given) => {
  core = given;
};

/** The elements that show a record. */
export const shown = (entry) =>
  [...core._elements].filter((element) => element._record === entry);
