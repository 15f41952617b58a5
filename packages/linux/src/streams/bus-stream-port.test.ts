/** File descriptors through a real dbus-daemon, and what a full socket does to the one that writes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { OsError } from '@connman/base';
import { Bus, BusError, defineInterface, uint32, type Variant, variant } from '@connman/dbus';
import type { BusStream } from '@connman/ports';
import { busStreamPort } from './bus-stream-port';

const files = defineInterface({
  name: 'org.example.Files',
  methods: {
    Open: { in: 's path', out: 'h file, u size' },
    Read: { in: 'h file', out: 's text' },
    Note: { in: 'v value', out: '' },
  },
  signals: {},
});

const folder = mkdtempSync(path.join(tmpdir(), 'bus-stream-'));
const hello = path.join(folder, 'hello');
let daemon: ChildProcess;
let server: Bus;
let client: Bus;
let noted: Variant[] = [];
/** The server has been asked to open a file; it does once this is settled. */
let askedToOpen = async (): Promise<void> => {};

beforeAll(async () => {
  writeFileSync(hello, 'hello');
  daemon = spawn('dbus-daemon', ['--session', '--print-address=1', '--nofork', '--nopidfile'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(daemon.stdout as Readable, 'data');
  const address = String(line).trim();
  server = await Bus.connect({ stream: busStreamPort, address });
  client = await Bus.connect({ stream: busStreamPort, address });
  server.export('/', files, {
    Open: async ([name]) => {
      await askedToOpen();
      const fd = openSync(name, 'r');
      return [fd, fstatSync(fd).size];
    },
    Read: ([fd]) => readAndClose(fd),
    Note: ([value]) => {
      noted.push(value);
    },
  });
});

afterAll(async () => {
  server.close();
  client.close();
  const gone = once(daemon, 'exit');
  daemon.kill('SIGKILL');
  await gone;
  rmSync(folder, { recursive: true });
});

function readAndClose(fd: number): string {
  const bytes = Buffer.alloc(64);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
  return bytes.toString('utf8', 0, length);
}

/** How often this process has the file open; what else it opens and closes meanwhile is none of a test's business. */
function timesOpen(): number {
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === hello).length;
}

/** What a descriptor leads to; undefined once it is closed, as the one that listed the folder is. */
function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function remoteFiles() {
  return client.object(files, { name: server.uniqueName, path: '/' });
}

test('file descriptors pass both ways, 300 times, and none is left open', async () => {
  const remote = remoteFiles();
  expect(client.passesFds).toBe(true);
  for (let i = 0; i < 300; i++) {
    const [file, size] = await remote.call('Open', [hello]);
    expect(size).toBe(5);
    // The descriptor belongs to the bus from now on, which closes it once it is sent.
    expect(await remote.call('Read', [file])).toBe('hello');
  }
  expect(timesOpen()).toBe(0);
});

test('messages with and without descriptors, sent in one turn, keep their order', async () => {
  noted = [];
  const remote = remoteFiles();
  const answers = [
    remote.call('Note', [uint32(1)]),
    remote.call('Read', [openSync(hello, 'r')]),
    remote.call('Note', [uint32(2)]),
    remote.call('Read', [openSync(hello, 'r')]),
  ];
  expect(await Promise.all(answers)).toEqual([undefined, 'hello', undefined, 'hello']);
  expect(noted.map((one) => one.as('u'))).toEqual([1, 2]);
});

test('a descriptor that no one asked for is closed and reads as -1', async () => {
  noted = [];
  for (let i = 0; i < 50; i++) await remoteFiles().call('Note', [variant('(sh)', ['x', openSync(hello, 'r')])]);
  expect(timesOpen()).toBe(0);
  expect(noted[0]?.as('(sh)')).toEqual(['x', -1]);
});

test('an answer with a descriptor that comes after its timeout is closed', async () => {
  let open = (): void => {};
  const asked = new Promise<void>((resolve) => {
    askedToOpen = () => {
      resolve();
      return new Promise((settle) => {
        open = settle;
      });
    };
  });
  await expect(remoteFiles().call('Open', [hello], { timeoutMs: 1 })).rejects.toBeInstanceOf(BusError);
  await asked;
  open();
  // What is answered later comes in later: the late answer is here, too.
  await remoteFiles().call('Note', [uint32(0)]);
  expect(timesOpen()).toBe(0);
});

describe('a stream', () => {
  let listener: Server;
  let peer: Socket;
  let stream: BusStream;
  let drained: Promise<void>;
  let closed: Promise<OsError | undefined>;

  beforeEach(async () => {
    const socketPath = path.join(folder, 'peer');
    listener = createServer({ pauseOnConnect: true }).listen(socketPath);
    await once(listener, 'listening');
    const connection = once(listener, 'connection');
    let onDrain = (): void => {};
    let onClose = (_error: OsError | undefined): void => {};
    drained = new Promise((resolve) => {
      onDrain = resolve;
    });
    closed = new Promise((resolve) => {
      onClose = resolve;
    });
    stream = await busStreamPort.open(socketPath, {
      onData() {},
      onDrain: () => onDrain(),
      onClose: (e) => onClose(e),
    });
    [peer] = await connection;
  });

  afterEach(async () => {
    stream.close();
    peer.destroy();
    listener.close();
    await once(listener, 'close');
  });

  function received(count: number): Promise<Buffer> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let length = 0;
      peer.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length >= count) resolve(Buffer.concat(chunks));
      });
      peer.resume();
    });
  }

  function numbered(from: number): Buffer {
    const bytes = Buffer.alloc(400_000);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(from + at, at);
    return bytes;
  }

  test('keeps what the other side does not take, in order, and says when it is gone', async () => {
    const parts = [0, 1, 2, 3].map((part) => numbered(part * 1_000_000));
    for (const part of parts) stream.write(part, []);
    expect(stream.queuedBytes).toBeGreaterThan(0);
    const all = await received(1_600_000);
    await drained;
    expect(stream.queuedBytes).toBe(0);
    expect(all.equals(Buffer.concat(parts))).toBe(true);
  });

  test('sends what is queued before it closes', async () => {
    const part = numbered(0);
    stream.write(part, []);
    stream.close();
    const ended = once(peer, 'end');
    expect((await received(part.length)).equals(part)).toBe(true);
    await ended;
  });

  test('says when the other side has gone', async () => {
    peer.destroy();
    expect(await closed).toBeUndefined();
  });
});

test('a socket that is not there, or whose name is too long, is refused with its reason', async () => {
  const events = { onData() {}, onDrain() {}, onClose() {} };
  await expect(busStreamPort.open(path.join(folder, 'none'), events)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(busStreamPort.open(`/${'x'.repeat(120)}`, events)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
});
