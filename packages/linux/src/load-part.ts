/** Loads a part of a program: a file beside it that is read when the part is first wanted, and may not be installed. */
import { modules, stamps } from './part-table';

interface PartFile {
  readonly stamp: string;
  readonly start: (require: NodeJS.Require, host: object) => unknown;
}

/**
 * @param name of a part that features.json gives to this program; `T` is what its package exports.
 * @returns undefined if the part is not in this build, or not installed.
 * @throws Error if its file belongs to another build.
 */
export function loadPart<T>(name: string): T | undefined {
  if (!Object.hasOwn(stamps, name)) return undefined;
  const file = __filename.replace(/main\.js$/, `${name}.js`);
  const part = read(file);
  if (!part) return undefined;
  if (part.stamp !== stamps[name])
    throw new Error(`${file} belongs to another build; install the same version of all parts`);
  return part.start(require, modules()) as T;
}

function read(file: string): PartFile | undefined {
  try {
    return require(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The message goes on with who required it: for a module that is missing in the part, that is the part.
    if (code === 'MODULE_NOT_FOUND' && message.startsWith(`Cannot find module '${file}'`)) return undefined;
    throw error;
  }
}
