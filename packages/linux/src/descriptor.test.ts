import { childProgram } from '../test/child';
import { openDescriptors } from '../test/veth';
import { addon } from './addon';
import { must } from './calls';
import { Descriptor, READABLE, WRITABLE } from './descriptor';
import { AF_UNIX, encodeUnix } from './sockaddr';

const SOCK_STREAM = 1;
let names = 0;

/** Two connected descriptors. */
function pair(): [number, number] {
  const native = addon();
  const name = encodeUnix(`@linux-test-${process.pid}-${names++}`);
  const listener = must(native.socket(AF_UNIX, SOCK_STREAM, 0), 'socket', 'listener');
  must(native.bind(listener, name), 'bind', 'listener');
  must(native.listen(listener, 1), 'listen', 'listener');
  const one = must(native.socket(AF_UNIX, SOCK_STREAM, 0), 'socket', 'one');
  must(native.connect(one, name), 'connect', 'one');
  const other = must(native.accept(listener), 'accept', 'listener');
  native.close(listener);
  return [one, other];
}

test('a descriptor can be closed from within its own callback, and nothing is called afterwards', async () => {
  const [one, other] = pair();
  addon().send(other, Buffer.from('x'), 0);
  let calls = 0;
  await new Promise<void>((resolve) => {
    const descriptor = new Descriptor(one, READABLE | WRITABLE, 'one', () => {
      calls++;
      descriptor.close();
      descriptor.close();
      setImmediate(() => setImmediate(resolve));
    });
  });
  expect(calls).toBe(1);
  addon().close(other);
});

test('what is not waited for is not told: readable, writable, neither', async () => {
  const [one, other] = pair();
  const seen: number[] = [];
  await new Promise<void>((resolve) => {
    const descriptor = new Descriptor(one, WRITABLE, 'one', (events) => {
      seen.push(events);
      if (seen.length === 1) {
        descriptor.wait(READABLE);
        setImmediate(() => addon().send(other, Buffer.from('x'), 0));
      } else {
        descriptor.wait(0);
        setImmediate(() => setImmediate(() => setImmediate(resolve)));
      }
    });
  });
  expect(seen).toEqual([WRITABLE, READABLE]);
  addon().close(one);
  addon().close(other);
});

test('ten thousand watches opened and closed leave no descriptor behind, the event loop running in between or not', async () => {
  const before = openDescriptors();
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 100; i++) {
      const [one, other] = i === 0 ? pair() : [addon().timerCreate(), addon().timerCreate()];
      new Descriptor(one, READABLE, 'one', () => {}).close();
      addon().close(other);
    }
    if (round % 10 === 0) await new Promise(setImmediate);
  }
  expect(openDescriptors()).toBe(before);
});

test('a descriptor that cannot be watched is closed and the errno told', () => {
  const before = openDescriptors();
  const file = must(addon().open('/etc/passwd', 0, 0), 'open', '/etc/passwd');
  expect(() => new Descriptor(file, READABLE, 'a file', () => {})).toThrow('a file: poll failed: EPERM');
  expect(openDescriptors()).toBe(before);
});

test('a callback that throws reaches uncaughtException, and the watch goes on', () => {
  const program = childProgram(`
    import { addon } from './addon';
    import { Descriptor } from './descriptor';
    const fd = addon().timerCreate();
    let calls = 0;
    const descriptor = new Descriptor(fd, 1, 'timer', () => {
      if (++calls === 2) descriptor.close();
      throw new Error('call ' + calls);
    });
    process.on('uncaughtException', (error) => console.log(error.message));
    addon().timerSet(fd, 1);
  `);
  const { stdout, status } = program.run();
  program.remove();
  expect(stdout).toBe('call 1\ncall 2\n');
  expect(status).toBe(0);
});

test('promises that a callback settles are carried on before the event loop waits again', () => {
  const program = childProgram(`
    import { addon } from './addon';
    import { Descriptor } from './descriptor';
    const fd = addon().timerCreate();
    new Promise((resolve) => {
      const descriptor = new Descriptor(fd, 1, 'timer', () => {
        descriptor.close();
        resolve();
      });
    }).then(() => console.log('carried on'));
    addon().timerSet(fd, 1);
  `);
  const { stdout } = program.run();
  program.remove();
  expect(stdout).toBe('carried on\n');
});

test('a program and its workers end cleanly with watches open, collected or not', () => {
  const program = childProgram(`
    import { isMainThread, Worker } from 'node:worker_threads';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    import { addon } from './addon';
    import { Descriptor } from './descriptor';
    for (let i = 0; i < 10; i++) new Descriptor(addon().timerCreate(), 1, 'timer', () => {});
    if (isMainThread) {
      setFlagsFromString('--expose-gc');
      runInNewContext('gc')();
      const worker = new Worker(__filename);
      worker.on('message', () => worker.terminate());
      worker.on('exit', () => {
        console.log('worker gone');
        process.exit(0);
      });
    } else {
      require('node:worker_threads').parentPort.postMessage('up');
    }
  `);
  const { stdout, stderr, status } = program.run();
  program.remove();
  expect(stderr).toBe('');
  expect(stdout).toBe('worker gone\n');
  expect(status).toBe(0);
});
