import { ByteReader, ByteWriter, lineLogger, OsError, Secret, scoped } from './index';

test('what was written is read back', () => {
  const bytes = new ByteWriter(2)
    .uint8(1)
    .uint16(0xabcd)
    .uint32(0xfedcba98)
    .zeros(2)
    .bytes(Uint8Array.of(7, 8))
    .finish();
  const reader = new ByteReader(bytes);
  expect([reader.uint8(), reader.uint16(), reader.uint32(), reader.uint16(), reader.view(2)]).toEqual([
    1,
    0xabcd,
    0xfedcba98,
    0,
    Uint8Array.of(7, 8),
  ]);
  expect(reader.failed).toBe(false);
});

test('a writer that grows in the middle of a write loses nothing', () => {
  expect(new ByteWriter(1).uint8(1).uint8(2).finish()).toEqual(Uint8Array.of(1, 2));
  expect(new ByteWriter(1).bytes(Uint8Array.of(1, 2, 3)).finish()).toEqual(Uint8Array.of(1, 2, 3));
  expect(new ByteWriter(1).uint16(0x0102).uint32(0x03040506).zeros(1).finish()).toEqual(
    Uint8Array.of(1, 2, 3, 4, 5, 6, 0),
  );
});

test('a read past the end gives zero and is remembered with its offset', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3));
  reader.uint16();
  expect(reader.uint16()).toBe(0);
  expect(reader.uint8()).toBe(0);
  expect(reader.failed).toBe(true);
  expect(reader.error('test')).toMatchObject({ layer: 'test', offset: 2 });
});

test('a peer’s line break cannot forge a log line', () => {
  const lines: string[] = [];
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: true, prefix: 'dhcp: ' });
  log.info('host\n<3>gone\u001b[2J');
  log.debug('not wanted');
  expect(lines).toEqual(['<6>dhcp: host\\x0a<3>gone\\x1b[2J\n']);
});

test("the lines of a program's part say which part speaks", () => {
  const lines: string[] = [];
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: true, prefix: '' });
  scoped(log, 'dns').warning('no server responded');
  scoped(log, 'dns').debug('not wanted');
  expect(lines).toEqual(['<4>dns: no server responded\n']);
});

test('an OsError names call, errno and object', () => {
  expect(new OsError('bind', 98, '127.0.0.1:53').message).toBe('127.0.0.1:53: bind failed: EADDRINUSE');
});

test('a secret does not print itself', () => {
  const secret = new Secret('hunter2');
  expect(`${secret} ${JSON.stringify({ secret })}`).toBe('*** {"secret":"***"}');
  expect(secret.reveal()).toBe('hunter2');
});
