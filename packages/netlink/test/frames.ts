/** Datagrams recorded from Linux 6.18 in a network namespace, one per line. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MessageReader } from '../src/wire';

export const frameNames = [
  'links',
  'addresses',
  'routes',
  'rules',
  'rules6',
  'neighbours',
  'neighbours6',
  'acknowledgements',
  'error-uncapped',
  'dump-of-missing-table',
  'events',
  'router-options',
] as const;
export type FrameName = (typeof frameNames)[number];

export function frames(name: FrameName): Uint8Array[] {
  const text = readFileSync(path.join(__dirname, 'frames', `${name}.hex`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}

export interface Message {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly flags: number;
  readonly start: number;
  readonly end: number;
}

/** The messages in the datagrams, one after the other. */
export function messages(datagrams: readonly Uint8Array[]): Message[] {
  return datagrams.flatMap((bytes) => {
    const found: Message[] = [];
    const reader = new MessageReader(bytes);
    while (reader.next()) {
      const { type, flags, start, end } = reader;
      found.push({ bytes, type, flags, start, end });
    }
    return found;
  });
}
