import { HeadReader } from './http-head';

const read = (...chunks: string[]) => {
  const reader = new HeadReader();
  let result: ReturnType<HeadReader['push']>;
  for (const chunk of chunks) result = reader.push(Buffer.from(chunk));
  return result;
};
const ok = (status: number, location?: string, hasConnmanStatus = false) => ({
  ok: true,
  value: { status, location, hasConnmanStatus },
});

test('a head is complete with its empty line, however it is cut, and the body does not matter', () => {
  const text = 'HTTP/1.1 200 OK\r\nx-ConnMan-STATUS: online\r\nContent-Length: 2\r\n\r\nhi';
  expect(read(text)).toEqual(ok(200, undefined, true));
  expect(read(...text.slice(0, -2).split(''))).toEqual(ok(200, undefined, true));
  expect(read(text.slice(0, -5))).toBeUndefined();
});

test('bare line feeds, no reason phrase, HTTP/1.0', () => {
  expect(read('HTTP/1.0 302\nLocation:  /x \n\n')).toEqual(ok(302, '/x'));
});

test('interim responses are passed over with their headers', () => {
  expect(read('HTTP/1.1 103 Hints\r\nX-ConnMan-Status: x\r\nLocation: /a\r\n\r\n')).toBeUndefined();
  expect(read('HTTP/1.1 100\r\nX-ConnMan-Status: x\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n')).toEqual(ok(200));
});

test('of two locations the first counts, and lines without a colon are nothing', () => {
  expect(read('HTTP/1.1 301 M\r\njunk\r\n: x\r\nLocation: /a\r\nlocation: /b\r\n\r\n')).toEqual(ok(301, '/a'));
});

test.each(['SSH-2.0-OpenSSH\r\n', '\r\n', 'HTTP/2 200\r\n', 'HTTP/1.1 999 x\r\n', 'HTTP/1.1 2000\r\n'])(
  '%j is not HTTP',
  (text) => expect(read(text)).toEqual({ ok: false, error: 'not an HTTP response' }),
);

test('endless headers, an endless line and endless interim responses end after 16 KiB', () => {
  const error = { ok: false, error: 'more than 16384 bytes of header' };
  expect(read(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(5000)}`)).toEqual(error);
  expect(read('x'.repeat(20_000))).toEqual(error);
  expect(read('HTTP/1.1 100\r\n\r\n'.repeat(2000))).toEqual(error);
  const reader = new HeadReader();
  let pushes = 0;
  while (!reader.push(Buffer.from('x'))) pushes++;
  expect(pushes).toBe(16 * 1024 - 1);
});
