// What the program and its part both use. `unused` is for no one's bundle.
export class Shared {}

export const unused = 'left out of every bundle';
