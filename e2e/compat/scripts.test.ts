// ConnMan's own Python scripts (the folder test/ of its source package): each runs against our daemons and against Debian's,
// ends with the same status and prints the same lines. Not among them: three that have nothing to do with net.connman.
import { existsSync } from 'node:fs';
import { peersFolder, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { debian, NODE_FLAGS, ours, type Subject } from '../netns/lab/subject';
import { neutral } from './session';

jest.setTimeout(240_000);

const folder = `${peersFolder}/usr/share/connman/test`;
const python = '/usr/bin/python3';

/** Run to their end, in this order; ID and OTHER are the services of eth0 and eth1. */
const commands = [
  'get-state',
  'get-services',
  'list-services',
  'test-manager',
  'show-introspection',
  'get-proxy-autoconfig',
  'get-global-timeservers',
  'test-clock',
  'set-clock TimeUpdates manual',
  'set-clock TimeUpdates auto',
  'set-clock TimezoneUpdates manual',
  'set-clock TimezoneUpdates auto',
  'set-global-timeservers time.test',
  'get-global-timeservers',
  'set-nameservers ID 10.77.1.1',
  'set-domains ID one.test two.test',
  'set-timeservers ID time.test',
  'set-proxy ID manual servers=proxy.test:8080 excludes=a.test',
  'set-proxy ID direct',
  'set-ipv4-method ID dhcp',
  'set-ipv6-method ID auto',
  'set-ipv4-method ID nosuch',
  'service-move-before OTHER ID',
  'service-move-before ID OTHER',
  'test-connman',
  'test-connman state',
  'test-connman services',
  'test-connman autoconnect ID',
  'test-connman autoconnect ID off',
  'test-connman autoconnect ID on',
  'test-connman connect ID',
  'test-connman remove ID',
  'test-connman scan ethernet',
  'test-connman enable ethernet',
  'test-connman offlinemode',
  'test-connman nosuch',
  'test-connman disconnect nosuch',
  'enable-tethering ethernet',
  'disable-tethering ethernet',
  'enable-tethering wifi',
  'connect-provider openvpn name 192.0.2.1 example.test',
  'remove-provider /net/connman/service/vpn_nosuch',
  'test-compat',
  'test-session',
  'test-session enable',
  'test-session disable',
] as const;

/** What ConnMan's words are not the measure of: only the status is compared. */
const otherWords = new Set<string>([
  // Ours has the standard's Properties as well.
  'show-introspection',
  // The reference does not answer, and the script gives up after 25 s.
  'connect-provider openvpn name 192.0.2.1 example.test',
]);

/** With connman-vpnd; Debian's ends by a fault of its own when it is asked, so that the statuses are given here. */
const vpnCommands = [
  ['vpn-get', 0],
  ['vpn-connect nosuch', 1],
  ['vpn-disconnect nosuch', 1],
  ['vpn-property nosuch', 1],
] as const;

/** Run until they are ended. Each is to print such a line after the command was carried out. */
const watching = [
  ['monitor-connman', /Domains.Configuration/],
  ['monitor-services', /Domains.Configuration/],
  ['monitor-vpn', undefined],
  ['test-counter 1', /RX.Bytes/],
  ['simple-agent', undefined],
] as const;

interface Answer {
  readonly status: number | null;
  readonly lines: readonly string[];
}

let theirs: Map<string, Answer>;
let own: Map<string, Answer>;

beforeAll(async () => {
  if (!existsSync(`${folder}/get-state`)) throw new Error(`${folder} is not there; run "tools/setup test" first`);
  theirs = await answersOf(debian);
  own = await answersOf(ours);
});

test.each([...commands, ...watching.map(([command]) => command)])('%s', (command) => {
  const [ours, reference] = [own.get(command), theirs.get(command)];
  if (!otherWords.has(command)) expect(ours).toEqual(reference);
  expect(ours?.status).toBe(reference?.status);
});

test('test-session run hears of its session what ConnMan tells', async () => {
  expect(await sessionOf(ours)).toEqual(await sessionOf(debian));
});

test.each(vpnCommands)('%s ends with %s, and speaks of the connection it was asked for', (command, status) => {
  const answer = own.get(command);
  expect(answer?.status).toBe(status);
  expect(answer?.lines.join()).not.toMatch(/ServiceUnknown|NoReply/);
});

async function answersOf(subject: Subject): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  await inLab(subject, async (lab) => {
    const other = await lab.network({ link: 'eth1', subnet: '10.77.2' });
    const { connman } = await lab.online();
    await other.plug();
    await connman.untilReady('eth1');
    const idOf = (link: string) => connman.service(link)?.path.split('/').at(-1) ?? '';
    const argv = (command: string) => {
      const [script = '', ...words] = command.split(' ');
      const replaced = words.map((word) => ({ ID: idOf('eth0'), OTHER: idOf('eth1') })[word] ?? word);
      return [python, '-u', `${folder}/${script}`, ...replaced];
    };
    const agents = watching.map(([command]) => lab.machine.start(argv(command)));
    const run = async (command: string) => {
      const child = lab.machine.start(argv(command));
      child.closeInput();
      const { code } = await child.exited;
      answers.set(command, { status: code, lines: shape(child.output.items.slice(0, -1)) });
    };
    for (const command of commands) await run(command);
    if (subject === ours) {
      await startVpnd(lab);
      for (const [command] of vpnCommands) await run(command);
    }
    for (const [i, [command, appears]] of watching.entries()) {
      const child = agents[i];
      if (!child) continue;
      if (appears) await child.line(appears);
      answers.set(command, { status: child.exit?.code ?? 0, lines: [] });
    }
  });
  return answers;
}

/** Steps of test-session with what the application prints before the next one. */
const sessionSteps = [
  ['create /app one', /SourceIPRule/],
  ['connect /app one', undefined],
  ['change /app one ConnectionType internet', /ConnectionType = internet/],
  ['change /app one AllowedBearers wifi', /AllowedBearers = \[ wifi \]/],
  ['change /app one AllowedBearers ethernet', /State = online/],
  ['change /app one NoSuch value', /InvalidArguments/],
  ['create /app one', /already created/],
  ['disconnect /app one', /State = disconnected/],
  ['destroy /app one', undefined],
] as const;

/** Plays them on one link: which of two ConnMan takes is left to chance. @returns what the application printed. */
async function sessionOf(subject: Subject): Promise<string[]> {
  let lines: string[] = [];
  await inLab(subject, async (lab) => {
    await lab.online();
    lines = await converseBySession(lab, (command) => [python, '-u', ...`${folder}/${command}`.split(' ')]);
  });
  return lines;
}

async function converseBySession(lab: Lab, argv: (command: string) => string[]): Promise<string[]> {
  const address = 'unix:path=/run/session-bus';
  const daemon = ['dbus-daemon', '--session', '--nofork', '--print-address', `--address=${address}`];
  await lab.machine.start(daemon).line(/^unix:/);
  const env = { DBUS_SESSION_BUS_ADDRESS: address };
  const app = lab.machine.start(argv('test-session run /app'), { env });
  await app.line(/connman appeared/);
  for (const [step, appears] of sessionSteps) {
    const shown = app.output.items.length;
    await lab.machine.run(argv(`test-session ${step}`), { env });
    if (!appears) continue;
    await app.output.until(`${appears} after ${step}`, () =>
      app.output.items.slice(shown).some((line) => appears.test(line)),
    );
  }
  // ConnMan splits what it tells otherwise, and sends Updates that have nothing to tell.
  const otherwise = /^ {2,}File|^ {6}|appeared|^Update called/;
  return app.output.items.filter((line) => !otherwise.test(line)).map(settled);
}

async function startVpnd(lab: Lab): Promise<void> {
  const { client } = lab.connman;
  const appeared = new Promise<void>((resolve) => {
    client.onSignal.push(({ member, body }) => {
      if (member === 'NameOwnerChanged' && body[0] === 'net.connman.vpn') resolve();
    });
  });
  await client.addMatch("type='signal',member='NameOwnerChanged',arg0='net.connman.vpn'");
  lab.machine.start([process.execPath, ...NODE_FLAGS, `${repository}/packages/vpnd/dist/connman-vpnd.js`, '-n']);
  await appeared;
}

/** Of a traceback the last line counts; numbers that grow with time are left out. */
function shape(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.startsWith('Traceback'));
  const told = start < 0 ? lines : [...lines.slice(0, start), lines.at(-1) ?? ''];
  return told.map(settled);
}

function settled(line: string): string {
  return neutral(line)
    .replace(/\b10\.77\.2\.1\d\d\b/g, 'LEASE')
    .replace(/Time = \d+/, 'Time = NOW')
    .replace(/(InvalidArguments: Invalid arguments): .*/, '$1')
    .replace(/_1_\d+/g, '_SENDER');
}
