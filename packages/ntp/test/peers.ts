/** Real time servers in the namespace a test is in, without the right to set the clock. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const peersFolder = path.resolve(__dirname, '../../../tmp/peers');
const fileOf = (program: 'chronyd' | 'ntpd') => path.join(peersFolder, 'usr/sbin', program);

/** `test` where the server of other people was unpacked; elsewhere it is skipped, and its name says why. */
export function testBeside(program: 'chronyd' | 'ntpd') {
  return (name: string, body: () => Promise<void>) =>
    existsSync(fileOf(program))
      ? test(name, body)
      : test.skip(`${name} (there is no ${program} here: tools/setup test)`, body);
}

export interface Peer {
  stop(): Promise<void>;
}

/** chronyd that serves the machine's own time at 127.0.0.1, without touching it. */
export function startChrony(...lines: readonly string[]): Promise<Peer> {
  const conf = ['local stratum 3', 'allow 127.0.0.0/8', 'cmdport 0', 'bindcmdaddress /', ...lines];
  return start('chronyd', conf, 'pidfile', ['-x', '-d', '-u', 'root', '-f'], /Running with root/);
}

/** ntpd of NTPsec that has no server of its own: it says that it is not synchronised. */
export function startNtpsec(): Promise<Peer> {
  return start('ntpd', ['restrict default'], undefined, ['-n', '-c'], /Listen normally.*127\.0\.0\.1/);
}

async function start(
  program: 'chronyd' | 'ntpd',
  conf: readonly string[],
  pidKey: string | undefined,
  args: readonly string[],
  ready: RegExp,
): Promise<Peer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ntp-peer-'));
  const confFile = path.join(folder, 'conf');
  const pidFile = path.join(folder, 'pid');
  writeFileSync(confFile, `${[...conf, ...(pidKey ? [`${pidKey} ${pidFile}`] : [])].join('\n')}\n`);
  const pidArgs = pidKey ? [] : ['-p', pidFile];
  const command = ['--bounding-set', '-sys_time', '--', fileOf(program), ...args, confFile, ...pidArgs];
  const child = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await line(child, ready);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    async stop() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Settles when the program has written such a line. */
function line(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('close', () => reject(new Error(`the time server ended: ${text}`)));
    child.once('error', reject);
  });
}

export interface NtsCertificates {
  /** The authority that signed the server's. */
  readonly caFile: string;
  /** For startChrony: it gives out keys, of 127.0.0.1. */
  readonly chronyLines: readonly string[];
  remove(): void;
}

export function makeNtsCertificates(): NtsCertificates {
  const folder = mkdtempSync(path.join(tmpdir(), 'ntp-keys-'));
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  const curve = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(`req -x509 ${curve} -keyout ca.key -out ca.pem -days 2 -subj /CN=laboratory`);
  openssl(`req ${curve} -keyout server.key -out server.csr -subj /CN=server`);
  writeFileSync(path.join(folder, 'ext'), 'subjectAltName=IP:127.0.0.1\n');
  openssl('x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem');
  return {
    caFile: path.join(folder, 'ca.pem'),
    chronyLines: [`ntsserverkey ${folder}/server.key`, `ntsservercert ${folder}/server.pem`],
    remove: () => rmSync(folder, { recursive: true }),
  };
}
