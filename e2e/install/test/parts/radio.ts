// A part of the program.
import { Shared } from './shared';

export { onlyHere } from './own';
export const make = (): Shared => new Shared();
