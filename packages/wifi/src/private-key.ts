/** A private key that other users of the machine can read is no secret: it is refused, with the reason. */
import { OsError } from '@connman/base';
import type { EapProfile } from '@connman/contracts';
import type { Files } from '@connman/ports';

const readableByOthers = 0o044;

/** @returns why the key must not be used, in words; undefined if it may. */
export function privateKeyFault(files: Files, eap: EapProfile | undefined): string | undefined {
  const key = eap?.privateKey;
  if (!key || !('path' in key)) return undefined;
  const { path } = key;
  try {
    const status = files.status(path);
    if (!status) return `the private key ${path} does not exist`;
    // A link's own mode says nothing; what it leads to is read by the back end.
    if (status.kind === 'link' || (status.mode & readableByOthers) === 0) return undefined;
    const mode = status.mode.toString(8).padStart(4, '0');
    return `the private key ${path} is readable by other users (mode ${mode}); run chmod 600 on it`;
  } catch (error) {
    if (error instanceof OsError) return `the private key cannot be looked at: ${error.message}`;
    throw error;
  }
}
