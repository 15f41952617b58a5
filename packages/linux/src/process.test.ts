import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { childProgram } from '../test/child';
import { addon } from './addon';
import { must } from './calls';
import { kernelEntropy } from './entropy';
import { capability, notifyServiceManager } from './process';
import { AF_UNIX, encodeUnix } from './sockaddr';

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

test('a program that drops its privileges keeps its own capabilities and can gain none again', () => {
  const program = childProgram(`
    import { readFileSync } from 'node:fs';
    import { dropPrivileges, capability, datagramPort, setProgramName } from './index';
    import { addon } from './addon';
    setProgramName('connman-part');
    dropPrivileges({ user: 65534, group: 65534, keep: [capability.netBindService] });
    const status = readFileSync('/proc/thread-self/status', 'utf8');
    const field = (name) => new RegExp('^' + name + ':[ \\\\t]*(.*)$', 'm').exec(status)[1];
    console.log(field('Name'), field('Uid'), field('Groups'), field('CapEff'), field('CapPrm'), field('NoNewPrivs'));
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
  expect(stderr).toBe('');
  expect(stdout).toBe(`connman-part 65534\t65534\t65534\t65534  ${bit} ${bit} 1\nbound 78\nread EACCES\nsetuid -1\n`);
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
