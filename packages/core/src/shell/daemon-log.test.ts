import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DaemonLog, DaemonLogOptions } from './daemon-log';
import { daemonLog } from './daemon-log';

/** What reaches a standard error that is a file, and the system's log. */
function said(
  speak: (log: DaemonLog) => void,
  options: (descriptor: number) => Partial<DaemonLogOptions> = () => ({}),
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'log-'));
  const file = path.join(folder, 'stderr');
  const standardError = openSync(file, 'w');
  const system: string[] = [];
  const systemLog = { write: (line: string, level: string) => void system.push(`${level} ${line}`), flush: () => {} };
  speak(daemonLog({ systemLog, level: 'info', standardError, ...options(standardError) }));
  closeSync(standardError);
  const text = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  return { text, system };
}

const speak = (log: DaemonLog) => {
  log.info('eth0: managed');
  log.debug('a detail');
  log.warning('odd\nname');
};

test('a line goes to standard error and to the system’s log, each with one entry', () => {
  expect(said(speak)).toEqual({
    text: 'eth0: managed\nodd\\x0aname\n',
    system: ['info eth0: managed', 'warning odd\\x0aname'],
  });
});

test('where the journal reads standard error it is the only one, and reads the severity too', () => {
  const journal = (descriptor: number) => {
    const { dev, ino } = fstatSync(descriptor);
    return { journalStream: `${dev}:${ino}` };
  };
  expect(said(speak, journal)).toEqual({ text: '<6>eth0: managed\n<4>odd\\x0aname\n', system: [] });
});

test('a JOURNAL_STREAM of another program’s standard error says nothing', () => {
  expect(said(speak, () => ({ journalStream: '1:2' }))).toEqual(said(speak));
});

test('what standard error has been told otherwise goes to the system’s log alone', () => {
  expect(said((log) => log.aside('the end'))).toEqual({ text: '', system: ['error the end'] });
});

test('a standard error that is closed stops no one', () => {
  expect(said(speak, () => ({ standardError: 12_345, journalStream: '1:2' })).system).toHaveLength(2);
});
