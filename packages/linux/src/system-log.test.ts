import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { instant } from '@connman/base';
import { addon } from './addon';
import { must } from './calls';
import { AF_UNIX, encodeUnix } from './sockaddr';
import { systemLog } from './system-log';

const [SOCK_STREAM, SOCK_DGRAM, SOCK_NONBLOCK] = [1, 2, 0o4000];

/** A syslogd's socket at a path. */
function listenAt(at: string, type = SOCK_DGRAM) {
  rmSync(at, { force: true });
  const fd = must(addon().socket(AF_UNIX, type | SOCK_NONBLOCK, 0), 'socket', at);
  must(addon().bind(fd, encodeUnix(at)), 'bind', at);
  let from = fd;
  if (type === SOCK_STREAM) must(addon().listen(fd, 1), 'listen', at);
  return {
    /** The messages that have come, without their time. */
    lines: (): string[] => {
      const lines: string[] = [];
      const bytes = new Uint8Array(4096);
      if (type === SOCK_STREAM && from === fd) from = must(addon().accept(fd), 'accept', at);
      for (let length = addon().recv(from, bytes, 0); length > 0; length = addon().recv(from, bytes, 0)) {
        const text = Buffer.from(bytes.subarray(0, length)).toString();
        lines.push(...text.split('\0').filter((line) => line !== ''));
      }
      return lines.map((line) => line.replace(/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /, ''));
    },
    close: () => {
      if (from !== fd) addon().close(from);
      addon().close(fd);
      rmSync(at);
    },
  };
}

function rig() {
  const folder = mkdtempSync(path.join(tmpdir(), 'syslog-'));
  const at = path.join(folder, 'log');
  let now = 0;
  let timers: { readonly at: number; readonly ring: () => void }[] = [];
  const clock = {
    now: () => instant(now),
    wallTime: () => new Date(2026, 0, 2, 3, 4, 5).getTime(),
    setTimer: (delayMs: number, ring: () => void) => {
      timers.push({ at: now + delayMs, ring });
      return () => {};
    },
  };
  const log = systemLog({ ident: 'program', clock, path: at });
  const pass = (milliseconds: number) => {
    now += milliseconds;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    for (const { ring } of due) ring();
    return due.length;
  };
  return { at, log, pass, remove: () => rmSync(folder, { recursive: true }) };
}

const head = (priority: number) => `<${priority}>program[${process.pid}]: `;

test('a line is a datagram with facility daemon, its severity, time, program and process number', () => {
  const { at, log, remove } = rig();
  const syslogd = listenAt(at);
  log.write('all is well', 'info');
  log.write('a wire is hot', 'warning');
  expect(syslogd.lines()).toEqual([`${head(30)}all is well`, `${head(28)}a wire is hot`]);
  syslogd.close();
  remove();
});

test('its time is local, as RFC 3164 writes it', () => {
  const { at, log, remove } = rig();
  const fd = must(addon().socket(AF_UNIX, SOCK_DGRAM, 0), 'socket', at);
  must(addon().bind(fd, encodeUnix(at)), 'bind', at);
  log.write('now', 'error');
  const bytes = new Uint8Array(256);
  const length = must(addon().recv(fd, bytes, 0), 'recv', at);
  expect(Buffer.from(bytes.subarray(0, length)).toString()).toBe(`<27>Jan  2 03:04:05 program[${process.pid}]: now`);
  addon().close(fd);
  remove();
});

test('a syslogd that wants a connection gets one, and its messages end with a zero', () => {
  const { at, log, remove } = rig();
  const syslogd = listenAt(at, SOCK_STREAM);
  log.write('one', 'info');
  log.write('two', 'debug');
  expect(syslogd.lines()).toEqual([`${head(30)}one`, `${head(31)}two`]);
  syslogd.close();
  const again = listenAt(at, SOCK_STREAM);
  log.write('three', 'info');
  expect(again.lines()).toEqual([`${head(30)}three`]);
  again.close();
  remove();
});

test('what is said before there is a syslogd waits for it, and so it is when it starts again', () => {
  const { at, log, pass, remove } = rig();
  log.write('early', 'info');
  const syslogd = listenAt(at);
  pass(500);
  expect(syslogd.lines()).toEqual([`${head(30)}early`]);
  syslogd.close();
  log.write('in between', 'info');
  pass(500);
  log.write('later', 'info');
  const again = listenAt(at);
  log.flush();
  expect(again.lines()).toEqual([`${head(30)}in between`, `${head(30)}later`]);
  again.close();
  remove();
});

test('a syslogd that does not read never blocks the program, and gets all of it when it does', () => {
  const { at, log, pass, remove } = rig();
  const syslogd = listenAt(at);
  // More than a socket's queue holds (net.unix.max_dgram_qlen).
  const said = Array.from({ length: 200 }, (_, i) => `line ${i}`);
  for (const line of said) log.write(line, 'info');
  const heard = syslogd.lines();
  expect(heard.length).toBeLessThan(said.length);
  for (let waited = 0; waited < 300 && heard.length < said.length; waited++) {
    pass(500);
    heard.push(...syslogd.lines());
  }
  expect(heard).toEqual(said.map((line) => `${head(30)}${line}`));
  syslogd.close();
  remove();
});

test('of too many lines the last ones are kept, and how many were lost is told', () => {
  const { at, log, remove } = rig();
  for (let i = 0; i < 300; i++) log.write(`line ${i}`, 'info');
  const syslogd = listenAt(at);
  const heard: string[] = [];
  for (let tries = 0; tries < 60; tries++) {
    log.flush();
    heard.push(...syslogd.lines());
  }
  expect(heard[0]).toBe(`${head(28)}44 earlier lines found no syslogd`);
  expect(heard).toHaveLength(257);
  expect(heard.at(-1)).toBe(`${head(30)}line 299`);
  syslogd.close();
  remove();
});

test('without a syslogd it soon stops waking up for one, and tries with the next line', () => {
  const { at, log, pass, remove } = rig();
  log.write('early', 'info');
  let wakeUps = 0;
  for (let second = 0; second < 3600; second++) wakeUps += pass(1000);
  expect(wakeUps).toBeLessThan(10);
  const syslogd = listenAt(at);
  log.write('late', 'info');
  expect(syslogd.lines()).toEqual([`${head(30)}early`, `${head(30)}late`]);
  syslogd.close();
  remove();
});
