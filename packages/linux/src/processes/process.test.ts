import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { childProgram } from '../../test/child';
import { whole } from '../../test/whole-root';
import { addon } from '../addon';
import { must } from '../calls';
import { kernelEntropy } from '../entropy';
import { AF_UNIX, encodeUnix } from '../sockaddr';
import { accountOf, capability, notifyServiceManager, releaseMemory } from './process';

const SOCK_DGRAM = 2;

test('the service manager hears the state at a path and at an abstract name', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'notify-'));
  for (const name of [path.join(folder, 'notify'), `@notify-test-${process.pid}`]) {
    const fd = must(addon().socket(AF_UNIX, SOCK_DGRAM, 0), 'socket', name);
    must(addon().bind(fd, encodeUnix(name)), 'bind', name);
    expect(notifyServiceManager('READY=1\nSTATUS=on', name)).toBe(true);
    const bytes = new Uint8Array(64);
    const length = addon().recv(fd, bytes, 0);
    expect(Buffer.from(bytes.subarray(0, length)).toString()).toBe('READY=1\nSTATUS=on');
    addon().close(fd);
  }
  rmSync(folder, { recursive: true });
});

test('without a service manager, or with one that is gone, nothing happens', () => {
  expect(notifyServiceManager('READY=1', undefined)).toBe(false);
  expect(notifyServiceManager('READY=1', '')).toBe(false);
  expect(notifyServiceManager('READY=1', `@nobody-${process.pid}`)).toBe(false);
});

whole(
  'a program that drops its privileges keeps its own capabilities, no thread keeps another, and none can gain any again',
  () => {
    const program = childProgram(`
    import { readdirSync, readFileSync } from 'node:fs';
    import { dropPrivileges, capability, datagramPort, setProgramName } from './index';
    import { addon } from './addon';
    setProgramName('connman-part');
    dropPrivileges({ account: undefined, keep: [capability.netBindService] });
    const threads = readdirSync('/proc/self/task').map((thread) => {
      const status = readFileSync('/proc/self/task/' + thread + '/status', 'utf8');
      const field = (name) => new RegExp('^' + name + ':[ \\\\t]*(.*)$', 'm').exec(status)[1];
      return ['Uid', 'Groups', 'CapEff', 'CapPrm', 'NoNewPrivs'].map(field).join(' ');
    });
    console.log(threads.length > 1, threads[0]);
    console.log([...new Set(threads.slice(1))].join());
    const nothing = { onDatagram() {}, onError() {} };
    const socket = datagramPort.open({ family: 4, localAddress: '127.0.0.77', localPort: 78, ...nothing });
    console.log('bound', socket.localPort);
    socket.close();
    const attempt = (what, call) => { try { call(); console.log(what, 'allowed'); } catch (error) { console.log(what, error.code); } };
    attempt('read', () => readFileSync('/etc/shadow'));
    console.log('setuid', addon().setUser(0));
  `);
    const { stdout, stderr } = program.run();
    program.remove();
    const bit = (1 << capability.netBindService).toString(16).padStart(16, '0');
    const none = '0'.repeat(16);
    const uid = '65534\t65534\t65534\t65534';
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      `true ${uid}  ${bit} ${bit} 1`,
      `${uid}  ${none} ${none} 1`,
      'bound 78',
      'read EACCES',
      'setuid -1',
      '',
    ]);
  },
);

whole('a program that lacks a capability it would keep, as in a container, goes on without it', () => {
  const program = childProgram(`
    import { readFileSync } from 'node:fs';
    import { capability, dropPrivileges } from './index';
    dropPrivileges({ account: undefined, keep: [capability.netBindService, capability.sysTime] });
    console.log(/^CapPrm:.*/m.exec(readFileSync('/proc/self/status', 'utf8'))[0]);
  `);
  const { stdout, stderr } = spawnSync(
    'setpriv',
    ['--bounding-set', '-sys_time', '--', process.execPath, program.file],
    { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '0' } },
  );
  program.remove();
  expect([stdout, stderr]).toEqual([
    `CapPrm:\t${(1 << capability.netBindService).toString(16).padStart(16, '0')}\n`,
    '',
  ]);
});

test('a program whose log reader went away goes on', () => {
  const program = childProgram(`
    import { writeSync } from 'node:fs';
    import { writeStandardError as write } from './index';
    write('one');
    setTimeout(() => { write('two'); setTimeout(() => { write('three'); writeSync(1, 'still here'); }, 20); }, 20);
  `);
  // The reader takes nothing and is gone before the first line.
  const { stdout } = spawnSync('bash', ['-c', `exec 3>&1; { ${process.execPath} ${program.file} 2>&1 >&3; } | true`], {
    encoding: 'utf8',
  });
  program.remove();
  expect(stdout).toBe('still here');
});

test.each([
  [
    'on a full disk is an error',
    '>/dev/full',
    'program: the output could not be written: ENOSPC: no space left on device, write\n',
    1,
  ],
  ['for a reader that has left is none', '> >(:); wait $!', '', 0],
])('what a program is asked to print, %s, and no stack', (_what, to, error, code) => {
  const program = childProgram(`
    import { printLast } from './index';
    process.argv[1] = '/usr/lib/connman/program.js';
    printLast('Usage: ...');
  `);
  const { stderr, status } = spawnSync('bash', ['-c', `exec ${to}; ${process.execPath} ${program.file}`], {
    encoding: 'utf8',
  });
  program.remove();
  expect([stderr, status]).toEqual([error, code]);
});

test('an account is found by its name', () => {
  expect(accountOf('root')).toEqual({ user: 0, group: 0 });
  expect(accountOf('no-such-user')).toBeUndefined();
});

test('random bytes are as many as asked and differ each time', () => {
  expect(kernelEntropy.bytes(0)).toHaveLength(0);
  const one = kernelEntropy.bytes(1000);
  expect(one).toHaveLength(1000);
  expect(new Set(one).size).toBeGreaterThan(200);
  expect(kernelEntropy.bytes(1000)).not.toEqual(one);
  const numbers = Array.from({ length: 64 }, () => kernelEntropy.uint32());
  expect(new Set(numbers).size).toBe(64);
  expect(numbers.some((number) => number > 0x7fffffff)).toBe(true);
  for (const number of numbers) expect(number).toBe(number >>> 0);
});

test('this process still has its own name', () => {
  expect(readFileSync('/proc/self/comm', 'utf8')).not.toContain('connman');
});

test('what is unreachable is gone after memory was released', async () => {
  const lost = new WeakRef({ text: 'burst' });
  // A weak reference keeps its object until the turn that made it is over.
  await new Promise(setImmediate);
  releaseMemory();
  expect(lost.deref()).toBeUndefined();
});
