/** Bounds on what a user may set, the same for calls on the bus and for files, so that what was accepted can be read again. */

/** Entries of a list. */
export const maxListEntries = 128;
/** Bytes of one text: longer than any URL that is in use. */
export const maxTextBytes = 4096;
