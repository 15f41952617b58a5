/** What connmand does with cellular networks, whose driver is played by the test. */
import { Secret } from '@connman/base';
import {
  deviceId,
  type NetworkFact,
  networkId,
  type ProvidedIp,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import { Bench } from '../simulation/bench';

const device = deviceId('cellular:244070100000001');
const network = networkId(`${device}/context1`);
const service = 'cellular_244070100000001_context1';

const ip = (text: string) => text as IpAddress;
const provided: ProvidedIp = {
  addresses: [{ address: ip('10.64.1.2'), prefixLength: 30 }],
  routes: [{ destination: { address: ip('0.0.0.0'), length: 0 }, gateway: ip('10.64.1.1') }],
  nameservers: [ip('10.64.0.53')],
  ...{ domains: [], mtu: 0, servers: [] },
};

/** One modem that is online, and its internet context. */
class Modem implements TechnologyDriver {
  readonly name = 'cellular';
  readonly type = 'cellular';
  roaming = false;
  operator = 'LabTel';
  /** It wants to know this first. */
  question: string | undefined;
  answers: Readonly<Record<string, Secret>> | undefined;
  readonly attempts: number[] = [];
  private readonly ifindex: number;
  private listener: (event: TechnologyEvent) => void = () => {};

  /** @param ifindex of its link; if not said it has one of its own kind */
  constructor(bench: Bench, ifindex?: number) {
    this.ifindex = ifindex ?? bench.addWirelessLink('wwan0');
    if (ifindex !== undefined) return;
    bench.kernel.plug(this.ifindex, true);
    bench.kernel.setLink(this.ifindex, { up: false });
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    this.listener({ kind: 'up' });
    const can = { scan: false, activeSsids: 0, tether: false };
    this.listener({
      kind: 'device',
      device: { id: device, type: 'cellular', ident: '244070100000001', interfaceName: '', powered: true, can },
    });
    this.report({ kind: 'idle' });
  }

  close(): void {}

  report(link: NetworkFact['link']): void {
    const { roaming, operator: name } = this;
    const fact = { id: network, device, group: 'context1', name, strength: 61, roaming, link };
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }

  command(command: TechnologyCommand): void {
    const { ifindex, question } = this;
    if (command.kind === 'answer-input') {
      this.answers = command.values;
      this.report({ kind: 'up', attempt: command.attempt, ifindex, provided });
    }
    if (command.kind !== 'associate') return;
    const { attempt } = command;
    this.attempts.push(attempt);
    if (question === undefined) return this.report({ kind: 'up', attempt, ifindex, provided });
    const fields = [{ name: question, type: 'string', requirement: 'mandatory' }] as const;
    this.listener({ kind: 'needs-input', network, attempt, fields });
  }
}

function machine(config?: ConstructorParameters<typeof Bench>[0], prepare: (modem: Modem) => void = () => {}) {
  const bench = new Bench(config);
  const modem = new Modem(bench);
  prepare(modem);
  bench.useDrivers(modem);
  bench.daemon = bench.newDaemon();
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'cellular', powered: true });
  bench.advance(1000);
  return { bench, modem };
}

test('a context brings its address, its default route and its name servers, and is online without a DHCP client', () => {
  const { bench } = machine();
  bench.ask({ kind: 'connect', service });
  bench.advance(1000);
  expect(bench.stateOfName('LabTel')).toBe('online');
  expect([...bench.dhcp.running]).toEqual([]);
  const done = bench.done().join('\n');
  expect(done).toContain('set-link wwan0 up');
  expect(done).toContain('10.64.1.2/30');
  expect(done).toContain('10.64.1.1');
  expect(JSON.stringify(bench.dnsPlan)).toContain('10.64.0.53');
});

test.each([
  [false, false, 1],
  [true, false, 0],
  [true, true, 1],
])(
  'roaming %s, AutoConnectRoamingServices %s: attempts of auto-connect: %s (rule 87)',
  (roaming, allowed, attempts) => {
    const config = { autoConnectsRoaming: allowed, defaultFavoriteTechnologies: ['cellular'] };
    const { modem } = machine(config, (one) => {
      one.roaming = roaming;
    });
    expect(modem.attempts).toHaveLength(attempts);
  },
);

test('a service is called as the network that its modem is in now', () => {
  const { bench, modem } = machine();
  modem.operator = 'Abroad';
  modem.report({ kind: 'idle' });
  bench.advance(10);
  expect(bench.names()).toEqual(['Abroad']);
});

test('a roaming service connects when its user wants it to', () => {
  const { bench } = machine({}, (one) => {
    one.roaming = true;
  });
  bench.ask({ kind: 'connect', service });
  bench.advance(1000);
  expect(bench.stateOfName('LabTel')).toBe('online');
});

test('what the driver wants to know has the name it gave it, at the agent and in the answer', () => {
  const { bench, modem } = machine({}, (one) => {
    one.question = 'APN';
  });
  const asked: string[][] = [];
  bench.registerAgent((ask, answer) => {
    if (ask.member !== 'RequestInput') return;
    asked.push(ask.fields.map(({ name }) => name));
    answer({ kind: 'reply', input: { others: { APN: bench.secrets.keep(new Secret('web.example')) } } });
  });
  bench.ask({ kind: 'connect', service });
  bench.advance(1000);
  expect(asked).toEqual([['APN']]);
  expect(modem.answers?.APN?.reveal()).toBe('web.example');
  expect(bench.stateOfName('LabTel')).toBe('online');
});

test('a link that looks like a cable’s is none once the modem’s network goes by it, nor afterwards; without the modem it may be one again', () => {
  const bench = new Bench();
  const usb0 = bench.addLink('usb0');
  const modem = new Modem(bench, usb0);
  bench.useDrivers(modem);
  bench.daemon = bench.newDaemon();
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'cellular', powered: true });
  bench.advance(1000);
  expect([...bench.dhcp.running.keys()]).toEqual([usb0]);
  expect(bench.names()).toEqual(['Wired', 'LabTel']);

  bench.ask({ kind: 'connect', service });
  bench.advance(1000);
  expect(bench.names()).toEqual(['LabTel']);
  expect([...bench.dhcp.running]).toEqual([]);
  expect([bench.stateOfName('LabTel'), bench.addresses('usb0')]).toEqual(['online', ['10.64.1.2/30']]);

  bench.ask({ kind: 'disconnect', service });
  modem.report({ kind: 'idle' });
  bench.advance(1000);
  expect([bench.names(), bench.addresses('usb0')]).toEqual([['LabTel'], []]);
  bench.kernel.removeLink(usb0);
  bench.addLink('usb0');
  bench.advance(1000);
  expect(bench.names()).toContain('Wired');
});
