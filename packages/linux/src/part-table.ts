/** What the parts of a program link to. In a bundle tools/bundle/bundle.mjs puts the real table in place of this file. */

/** Of the parts that this build has: what fits together has the same stamp on both sides. */
export const stamps: Readonly<Record<string, string>> = {};

/** The modules that a program shares with its parts, by their path in the checkout. */
export const modules = (): object => ({});
