/** Users and groups by name, from the machine's own files. */
import { readFileSync } from 'node:fs';
import { OsError } from '@connman/base';

const ENOENT = 2;

/** The numbers of a user and a group; a user without a group has the user's own. Throws OsError if there is no such name. */
export function accountNumbers(account: { readonly user?: string; readonly group?: string }): {
  readonly user?: number;
  readonly group?: number;
} {
  const passwd = account.user === undefined ? undefined : entry('/etc/passwd', account.user);
  const group = account.group === undefined ? undefined : entry('/etc/group', account.group);
  return {
    ...(passwd && { user: Number(passwd[2]), group: Number(passwd[3]) }),
    ...(group && { group: Number(group[2]) }),
  };
}

/** A line of the file whose name, or whose number, this is. */
function entry(file: string, name: string): readonly string[] {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const fields = line.split(':');
    if (fields.length > 3 && (fields[0] === name || fields[2] === name)) return fields;
  }
  throw new OsError('looking it up', ENOENT, `${name} in ${file}`);
}
