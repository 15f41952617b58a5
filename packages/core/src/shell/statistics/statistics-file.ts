/**
 * ConnMan's statistics file: a ring of records, each with the totals of a service at one moment (contract, storage.json).
 * As a 64-bit machine writes it, numbers in the machine's own byte order.
 *
 *   header   u32 magic, begin, end, home, roaming      offsets of records in bytes; the ring is valid behind begin, to end
 *   record   s64 time, u32 roaming, 9 u32 of usageKeys
 */
import { noUsage, type Usage } from '../../model/counter/usage';

export interface ServiceTotals {
  readonly home: Usage;
  readonly roaming: Usage;
}

export const noTotals: ServiceTotals = { home: noUsage, roaming: noUsage };

const magic = 0xfa00b916;
const headerSize = 20;
const recordSize = 48;
const pageSize = 4096;
/** In place of an offset: there is no such record. */
const absent = 0xffffffff;
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

const field = { magic: 0, begin: 4, end: 8, home: 12, roaming: 16 } as const;
const recordsOf = (view: DataView) => Math.floor((view.byteLength - headerSize) / recordSize);

/** The latest totals; undefined if the bytes are no such file, as those of a 32-bit machine are not. */
export function readTotals(bytes: Uint8Array): ServiceTotals | undefined {
  const view = viewOf(bytes);
  if (!isValid(view)) return undefined;
  return { home: usageAt(view, field.home), roaming: usageAt(view, field.roaming) };
}

/** The file with the totals of now behind its records, in place of the oldest ones when it is full. */
export function appendTotals(previous: Uint8Array | undefined, totals: ServiceTotals, wallTimeMs: number): Uint8Array {
  const bytes = previous && isValid(viewOf(previous)) ? previous.slice() : emptyFile();
  const view = viewOf(bytes);
  for (const kind of ['home', 'roaming'] as const) {
    if (usageAt(view, field[kind]).every((value, i) => value === wrapped(totals[kind][i]))) continue;
    const at = next(view, get(view, field.end));
    set(view, field.end, at);
    if (at === get(view, field.begin)) set(view, field.begin, next(view, at));
    set(view, field[kind], at);
    view.setBigInt64(at, BigInt(Math.floor(wallTimeMs / 1000)), littleEndian);
    set(view, at + 8, kind === 'roaming' ? 1 : 0);
    for (const [i, value] of totals[kind].entries()) set(view, at + 12 + 4 * i, wrapped(value));
  }
  return bytes;
}

function emptyFile(): Uint8Array {
  const bytes = new Uint8Array(pageSize);
  const view = viewOf(bytes);
  set(view, field.magic, magic);
  set(view, field.begin, headerSize);
  set(view, field.end, headerSize);
  set(view, field.home, absent);
  set(view, field.roaming, absent);
  return bytes;
}

function isValid(view: DataView): boolean {
  if (view.byteLength < headerSize + 2 * recordSize || get(view, field.magic) !== magic) return false;
  const isRecord = (offset: number) =>
    (offset - headerSize) % recordSize === 0 && (offset - headerSize) / recordSize < recordsOf(view);
  const isRecordOrAbsent = (offset: number) => offset === absent || isRecord(offset);
  return (
    isRecord(get(view, field.begin)) &&
    isRecord(get(view, field.end)) &&
    isRecordOrAbsent(get(view, field.home)) &&
    isRecordOrAbsent(get(view, field.roaming))
  );
}

function usageAt(view: DataView, pointer: number): Usage {
  const offset = get(view, pointer);
  return offset === absent ? noUsage : noUsage.map((_, i) => get(view, offset + 12 + 4 * i));
}

function next(view: DataView, offset: number): number {
  const following = offset + recordSize;
  return (following - headerSize) / recordSize < recordsOf(view) ? following : headerSize;
}

const wrapped = (value = 0) => Math.floor(value) % 2 ** 32;
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const get = (view: DataView, offset: number) => view.getUint32(offset, littleEndian);
const set = (view: DataView, offset: number, value: number) => view.setUint32(offset, value, littleEndian);
