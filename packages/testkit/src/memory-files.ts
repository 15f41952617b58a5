/** A file system in memory behind the Files port: folders, files, links, mount points, and faults on request. */

import { constants } from 'node:os';
import path from 'node:path';
import { OsError } from '@connman/base';
import type { FileStatus, Files } from '@connman/ports';

type Node =
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'file'; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly mode: number; readonly target: string };

const { EBUSY, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR } = constants.errno;
const maxLinks = 40;

/** The calls a fault can be put on. */
export type FilesCall = keyof Files;

export class MemoryFiles implements Files {
  private readonly nodes = new Map<string, Node>([['/', { kind: 'folder', mode: 0o755 }]]);
  /** Files that something is mounted on: they cannot be replaced, only written. */
  readonly mountPoints = new Set<string>();
  /** Asked before each call; an errno makes that call fail. */
  fault: (call: FilesCall, path: string) => number | undefined = () => undefined;
  /** Every call that changed something, in order: 'writeAtomic /etc/hosts'. */
  readonly changes: string[] = [];

  // Making the scene: these ask no fault and leave no trace in `changes`.

  putFolder(name: string, mode = 0o755): this {
    const parent = path.dirname(name);
    if (name !== parent) this.putFolder(parent);
    if (!this.nodes.has(name)) this.nodes.set(name, { kind: 'folder', mode });
    return this;
  }

  putFile(name: string, content: string | Uint8Array, mode = 0o644): this {
    this.putFolder(path.dirname(name));
    this.nodes.set(name, { kind: 'file', mode, bytes: bytesOf(content) });
    return this;
  }

  putLink(name: string, target: string): this {
    this.putFolder(path.dirname(name));
    this.nodes.set(name, { kind: 'link', mode: 0o777, target });
    return this;
  }

  read(name: string): string | undefined {
    const bytes = this.content('read', name);
    return bytes && new TextDecoder().decode(bytes);
  }

  readBytes(name: string): Uint8Array | undefined {
    return this.content('readBytes', name);
  }

  writeAtomic(name: string, content: string | Uint8Array, mode = 0o644): void {
    this.check('writeAtomic', name);
    const place = this.placeOf('writeAtomic', path.dirname(name), true);
    const folder = this.nodes.get(place);
    if (!folder) this.putFolder(place, 0o700);
    else if (folder.kind !== 'folder') throw new OsError('writeAtomic', ENOTDIR, name);
    const at = path.join(place, path.basename(name));
    if (this.mountPoints.has(at)) throw new OsError('rename', EBUSY, name);
    if (this.nodes.get(at)?.kind === 'folder') throw new OsError('rename', EISDIR, name);
    this.nodes.set(at, { kind: 'file', mode, bytes: bytesOf(content) });
    this.changes.push(`writeAtomic ${name}`);
  }

  writeInPlace(name: string, content: string | Uint8Array): void {
    this.check('writeInPlace', name);
    const at = this.placeOf('writeInPlace', name, true);
    const node = this.nodes.get(at);
    if (node?.kind !== 'file') throw new OsError('open', node ? EISDIR : ENOENT, name);
    this.nodes.set(at, { ...node, bytes: bytesOf(content) });
    this.changes.push(`writeInPlace ${name}`);
  }

  linkAtomic(name: string, target: string): void {
    this.check('linkAtomic', name);
    const at = this.placeOf('linkAtomic', name, false);
    if (this.mountPoints.has(at)) throw new OsError('rename', EBUSY, name);
    if (this.nodes.get(at)?.kind === 'folder') throw new OsError('rename', EISDIR, name);
    this.putLink(at, target);
    this.changes.push(`linkAtomic ${name}`);
  }

  list(name: string): readonly string[] {
    this.check('list', name);
    const at = this.placeOf('list', name, true);
    const inside = at === '/' ? '/' : `${at}/`;
    return [...this.nodes.keys()]
      .filter((key) => key !== '/' && key.startsWith(inside) && !key.slice(inside.length).includes('/'))
      .map((key) => key.slice(inside.length))
      .sort();
  }

  remove(name: string): void {
    this.check('remove', name);
    const at = this.placeOf('remove', name, false);
    if (this.mountPoints.has(at)) throw new OsError('unlink', EBUSY, name);
    for (const key of [...this.nodes.keys()]) {
      if (key === at || key.startsWith(`${at}/`)) this.nodes.delete(key);
    }
    this.changes.push(`remove ${name}`);
  }

  status(name: string): FileStatus | undefined {
    this.check('status', name);
    const node = this.nodes.get(this.placeOf('status', name, false));
    return node && { kind: node.kind, mode: node.mode };
  }

  readLink(name: string): string | undefined {
    this.check('readLink', name);
    const node = this.nodes.get(this.placeOf('readLink', name, false));
    return node?.kind === 'link' ? node.target : undefined;
  }

  private content(call: FilesCall, name: string): Uint8Array | undefined {
    this.check(call, name);
    const node = this.nodes.get(this.placeOf(call, name, true));
    if (!node) return undefined;
    if (node.kind !== 'file') throw new OsError('read', EISDIR, name);
    return node.bytes.slice();
  }

  private check(call: FilesCall, name: string): void {
    if (!path.isAbsolute(name)) throw new OsError(call, EINVAL, name);
    const errno = this.fault(call, name);
    if (errno !== undefined) throw new OsError(call, errno, name);
  }

  /** The path without links on the way, and at its end if `followLast`. What is not there has no links. */
  private placeOf(call: FilesCall, name: string, followLast: boolean): string {
    let pending = name.split('/').filter((part) => part !== '' && part !== '.');
    let place = '/';
    let links = 0;
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      if (part === '..') {
        place = path.dirname(place);
        continue;
      }
      const next = path.join(place, part);
      const node = this.nodes.get(next);
      if (node?.kind === 'link' && (followLast || pending.length > 0)) {
        if (++links > maxLinks) throw new OsError(call, ELOOP, name);
        if (node.target.startsWith('/')) place = '/';
        pending = [...node.target.split('/').filter((step) => step !== '' && step !== '.'), ...pending];
        continue;
      }
      if (node?.kind === 'file' && pending.length > 0) throw new OsError(call, ENOTDIR, name);
      place = next;
    }
    return place;
  }
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
}
