// A real pacrunner beside the daemon, which no release of Debian since 9 has: by hand, PACRUNNER=PROGRAM (tried with 0.19).
import { LOCAL_POLICIES } from './lab/bus';
import type { Child } from './lab/child';
import { repository } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const program = process.env.PACRUNNER ?? '';
const withPacrunner = program === '' ? test.skip : test;

// Only the proxy knows the host.
const url = 'http://inside.example/online/status.html';
const mainConf = `[General]\nOnlineCheckIPv4URL=${url}\n`;
const name = 'org.pacrunner';

const policy = `<busconfig><policy user="root"><allow own="${name}"/></policy>
<policy context="default"><allow send_destination="${name}"/></policy></busconfig>\n`;

/** A network that names a PAC file, which sends everything by the network's own proxy. */
async function network(lab: Lab, link: string, subnet: string): Promise<{ network: Network; proxy: Child }> {
  const pac = `http://${subnet}.1:8080/proxy.pac`;
  const network = await lab.network({ link, subnet, dnsmasq: [`--dhcp-option=252,${pac}`] });
  const script = `function FindProxyForURL(url, host) { return "PROXY ${subnet}.1:3128"; }`;
  const server = `require('http').createServer((_, to) => to.end(${JSON.stringify(script)})).listen(8080, () => console.log('up'))`;
  await network.far.start([process.execPath, '-e', server]).line(/^up$/);
  const proxy = network.far.start([process.execPath, `${repository}/e2e/netns/lab/forward-proxy.mjs`]);
  await proxy.line(/^listening$/);
  return { network, proxy };
}

async function prepare(lab: Lab): Promise<() => Promise<Child>> {
  const { client, events } = lab.connman;
  let has = false;
  client.onSignal.push(({ member, body }) => {
    if (member !== 'NameOwnerChanged' || body[0] !== name) return;
    has = body[2] !== '';
    events.add(`pacrunner ${has ? 'appeared' : 'went'}`);
  });
  await client.addMatch(`type='signal',member='NameOwnerChanged',arg0='${name}'`);
  lab.machine.write(`${LOCAL_POLICIES}/pacrunner.conf`, policy);
  await lab.machine.run(
    'dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig',
  );
  return async () => {
    const child = lab.machine.start([program, '-n']);
    await events.until('pacrunner on the bus', () => has);
    return child;
  };
}

/** What programs of the machine are answered. */
async function found(lab: Lab): Promise<unknown> {
  const client = { destination: name, path: '/org/pacrunner/client', interface: 'org.pacrunner.Client' };
  const body = [url, 'inside.example'];
  return (await lab.connman.client.call({ ...client, member: 'FindProxyForURL', signature: 'ss', body }))[0];
}

withPacrunner(
  'the PAC files of two uplinks are evaluated by it, each for its own link, and again by the next one (rule 196)',
  () =>
    inLab(ours, async (lab) => {
      const start = await prepare(lab);
      const first = await start();
      const [one, two] = [await network(lab, 'eth0', '10.77.1'), await network(lab, 'eth1', '10.77.2')];
      await one.network.plug();
      const connman = await lab.startDaemon({ mainConf });
      await connman.untilOnline('eth0');
      await one.proxy.line(/^GET http:\/\/inside\.example\/online/);
      expect(await found(lab)).toBe('PROXY 10.77.1.1:3128');

      await two.network.plug();
      await two.proxy.line(/^GET http:\/\/inside\.example\/online/);
      expect(await found(lab)).toBe('PROXY 10.77.1.1:3128');

      await first.stop('SIGKILL');
      await start();
      await one.network.unplug();
      await connman.until('eth0 to go', () => connman.service('eth0') === undefined);
      const answers = async () => (await found(lab)) === 'PROXY 10.77.2.1:3128';
      for (let i = 0; i < 50 && !(await answers()); i++);
      expect(await found(lab)).toBe('PROXY 10.77.2.1:3128');
    }),
);
