/** The native addon: where it is found, and the signatures of its functions. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What a call answers: its value, or minus its errno. */
type Answer = number;
type Bytes = Uint8Array;

/** An open watch on a descriptor. */
export interface NativeWatch {
  readonly watch: unique symbol;
}

/** See the comments in native/*.c; each function stands there with the same name. */
export interface Addon {
  socket(family: number, type: number, protocol: number): Answer;
  bind(fd: number, address: Bytes): Answer;
  connect(fd: number, address: Bytes): Answer;
  listen(fd: number, backlog: number): Answer;
  accept(fd: number, address?: Bytes): Answer;
  shutdown(fd: number, how: number): Answer;
  getsockname(fd: number, address: Bytes): Answer;
  getpeername(fd: number, address: Bytes): Answer;
  setsockopt(fd: number, level: number, name: number, value: number | Bytes): Answer;
  getsockopt(fd: number, level: number, name: number, value: Bytes | Int32Array): Answer;
  attachFilter(fd: number, program: Bytes): Answer;

  recv(fd: number, bytes: Bytes, flags: number): Answer;
  recvfrom(fd: number, bytes: Bytes, flags: number, address: Bytes): Answer;
  recvPacket(fd: number, bytes: Bytes, address: Bytes, status: Uint32Array): Answer;
  recvDescriptors(fd: number, bytes: Bytes, table: Int32Array): Answer;
  send(fd: number, bytes: Bytes, flags: number, offset?: number, length?: number): Answer;
  sendto(fd: number, bytes: Bytes, flags: number, address: Bytes): Answer;
  sendDescriptors(fd: number, bytes: Bytes, descriptors: Int32Array, offset?: number, length?: number): Answer;

  recvmmsg(fd: number, bytes: Bytes, offsets: Uint32Array, lengths: Uint32Array, addresses: Bytes): Answer;
  sendmmsg(
    fd: number,
    bytes: Bytes,
    offsets: Uint32Array,
    lengths: Uint32Array,
    addresses: Bytes,
    range: number,
  ): Answer;

  exchangeCreate(): Answer;
  exchangeConnect(set: number, fd: number, peer: Bytes): Answer;
  exchangeSend(fd: number, bytes: Bytes, lengths: Int32Array, count: number, waited: 0 | 1): Answer;
  exchangeReceive(set: number, bytes: Bytes, slotBytes: number, sockets: Int32Array, results: Int32Array): Answer;
  exchangePoll(fd: number, bytes: Bytes, patienceMicroseconds: number): Answer;

  watchStart(fd: number, events: number, callback: (events: number) => void): NativeWatch | Answer;
  watchSet(watch: NativeWatch, events: number): Answer;
  watchRef(watch: NativeWatch, keepAlive: 0 | 1): Answer;
  watchClose(watch: NativeWatch): Answer;

  open(path: string, flags: number, mode: number): Answer;
  close(fd: number): Answer;
  closeAside(fd: number): Answer;
  read(fd: number, bytes: Bytes): Answer;
  write(fd: number, bytes: Bytes): Answer;
  ioctl(fd: number, request: number, argument: number | Bytes): Answer;
  getrandom(bytes: Bytes): Answer;
  bootTime(): number;
  timerCreate(): Answer;
  timerSet(fd: number, atMilliseconds: number): Answer;
  setThreadName(name: string): Answer;
  releaseHeap(): Answer;
  keepCapabilities(keep: 0 | 1): Answer;
  setGroup(gid: number): Answer;
  setUser(uid: number): Answer;
  limitCapabilities(low: number, high: number): Answer;
  clockReadings(readings: Float64Array): Answer;
  adjustClock(fields: Float64Array): Answer;
  stepClock(milliseconds: number): Answer;
  setClock(milliseconds: number): Answer;
  stampReceipts(fd: number): Answer;
  receiveStamped(fd: number, bytes: Bytes, stamp: Float64Array): Answer;
  sendStamped(fd: number, bytes: Bytes, stamp: Float64Array): Answer;
  unshare(flags: number): Answer;
  setns(fd: number, flags: number): Answer;
  pidfdOpen(pid: number): Answer;
  pidfdSignal(fd: number, signal: number): Answer;
  /** The launcher's (tools/launcher.js). */
  mapText(path: string): string | undefined;
  mapBytes(path: string): ArrayBuffer | undefined;
}

const launched: unique symbol = Symbol.for('connman.linux');

/** Beside the bundle, where an installation puts it, and in the source tree (from a bundle and from here). */
function candidates(): readonly string[] {
  return [
    path.join(__dirname, 'linux.node'),
    path.join(__dirname, '../lib/connman/linux.node'),
    path.join(__dirname, '../../linux/dist/linux.node'),
  ];
}

/** Where the launcher of a bundle (tools/launcher.js) has it already. */
let loaded = (globalThis as { readonly [launched]?: Addon })[launched];

/** The addon, loaded at its first use. Throws an Error that says how to build it when there is none. */
export function addon(): Addon {
  loaded ??= load(candidates());
  return loaded;
}

/** Loads the first of the files that is there. */
export function load(paths: readonly string[]): Addon {
  const file = paths.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new Error(
      `the native addon linux.node is missing (looked for ${paths.join(', ')}): build it with "node packages/linux/build.mjs"`,
    );
  }
  const module: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (error) {
    throw new Error(
      `the native addon ${file} cannot be loaded (${(error as Error).message}): build it again ` +
        'on this machine with "node packages/linux/build.mjs"',
    );
  }
  return module.exports as Addon;
}
