import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { localListenerPort } from './local-listener-port';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'listener-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function talk(file: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(file, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

test('a program connects, is heard and answered; the socket is for our own user and gone when closed', async () => {
  const file = path.join(folder, 'socket');
  writeFileSync(file, 'left by an earlier run');
  const listener = localListenerPort.listen({
    path: file,
    mode: 0o600,
    onStream(take) {
      const stream = take({
        onData(bytes) {
          stream.write(Uint8Array.from(bytes).reverse(), []);
          stream.close();
        },
        onDrain() {},
        onClose() {},
      });
    },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await talk(file, 'abc')).toBe('cba');
  listener.close();
  expect(existsSync(file)).toBe(false);
});

test('a stream that no one takes is refused', async () => {
  const file = path.join(folder, 'socket');
  const listener = localListenerPort.listen({ path: file, mode: 0o600, onStream() {} });
  expect(await talk(file, '').catch((error: NodeJS.ErrnoException) => error.code)).toMatch(/^$|ECONNRESET|EPIPE/);
  listener.close();
});

test('a folder that is not there is an OsError', () => {
  const options = { path: path.join(folder, 'none', 'socket'), mode: 0o600, onStream() {} };
  expect(() => localListenerPort.listen(options)).toThrow(/bind failed: ENOENT/);
});
