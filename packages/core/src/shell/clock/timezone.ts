/**
 * The system's time zone: the name behind Localtime, and the file set to another zone.
 *
 * A link into zoneinfo has its name in itself. A copy is looked for: first under the name that /etc/timezone or
 * /etc/sysconfig/clock have, then among all zones (rule 158). Localtime stays what it is when a zone is set: a link is
 * replaced by a link, as systemd and Debian read it, and a copy by a copy, as ConnMan writes it.
 */
import path from 'node:path';
import type { Files } from '@connman/ports';

export const zoneinfo = '/usr/share/zoneinfo';

/** Names of one part or several: Europe/Vienna, Etc/GMT+1, America/Port-au-Prince. */
const namePattern = /^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/;
/** The first bytes of a compiled zone (RFC 8536 section 3.1). */
const magic = 'TZif';

export function isZone(files: Files, name: string): boolean {
  return namePattern.test(name) && !/^(?:posix|right)\//.test(name) && contentOf(files, name) !== undefined;
}

/** The name that costs a few reads only; undefined if Localtime is a copy that no hint names. */
export function hintedZone(files: Files, localtime: string): string | undefined {
  const link = files.readLink(localtime);
  if (link !== undefined) {
    const target = path.resolve(path.dirname(localtime), link);
    const name = target.startsWith(`${zoneinfo}/`) ? target.slice(zoneinfo.length + 1) : '';
    return isZone(files, name) ? name : undefined;
  }
  const content = files.readBytes(localtime);
  const hints = [files.read('/etc/timezone')?.trim(), sysconfigZone(files)];
  return hints.find((hint) => hint && isZone(files, hint) && isSame(content, contentOf(files, hint)));
}

/** The first zone with the same content: hundreds of files are read. */
export function searchedZone(files: Files, localtime: string): string | undefined {
  const content = files.readBytes(localtime);
  if (!content) return undefined;
  const search = (folder: string): string | undefined => {
    for (const entry of files.list(path.join(zoneinfo, folder))) {
      const name = path.join(folder, entry);
      if (name === 'posix' || name === 'right' || !namePattern.test(name)) continue;
      const isFolder = files.status(path.join(zoneinfo, name))?.kind === 'folder';
      const found = isFolder ? search(name) : isSame(content, contentOf(files, name)) ? name : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return search('');
}

/** Throws OsError. */
export function setZone(files: Files, localtime: string, name: string): void {
  const content = contentOf(files, name);
  if (!content) return;
  const kind = files.status(localtime)?.kind;
  if (kind === 'file') files.writeAtomic(localtime, content);
  else files.linkAtomic(localtime, path.join(zoneinfo, name));
}

function contentOf(files: Files, name: string): Uint8Array | undefined {
  const file = path.join(zoneinfo, name);
  const kind = files.status(file)?.kind;
  if (kind !== 'file' && kind !== 'link') return undefined;
  const content = files.readBytes(file);
  return content && Buffer.from(content.subarray(0, 4)).toString('latin1') === magic ? content : undefined;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/** ZONE="Europe/Vienna" of /etc/sysconfig/clock. */
function sysconfigZone(files: Files): string | undefined {
  return /^ZONE="?([^"\n]*)"?$/m.exec(files.read('/etc/sysconfig/clock') ?? '')?.[1];
}
