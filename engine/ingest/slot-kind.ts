/** What stands in a slot of a scanner: nothing, or a value of this kind. */
export const SLOT_ABSENT = 0;
export const SLOT_STRING = 1;
export const SLOT_NUMBER = 2;
export const SLOT_TRUE = 3;
export const SLOT_FALSE = 4;
export const SLOT_NULL = 5;
export const SLOT_OBJECT = 6;
export const SLOT_ARRAY = 7;
/** The path runs through an array or holds `*`: resolve it on the parsed record. */
export const SLOT_RESOLVE = 8;

/** Guards of slots: a plain path, and one that only the parsed record can resolve, whatever else is there. */
export const RESOLVE_NEVER = -1;
export const RESOLVE_ALWAYS = -2;
