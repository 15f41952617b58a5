/** What connmand does with Bluetooth networks, whose driver is played by the test. */
import {
  deviceId,
  networkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

const device = deviceId('bluetooth:00AA01000024');
const network = networkId(`${device}/00AA01010025`);
const service = 'bluetooth_00AA01000024_00AA01010025';

/** One adapter that is on, and one paired phone, which is out of range after `leave`. */
class PhoneInRange implements TechnologyDriver {
  readonly name = 'bluetooth';
  readonly type = 'bluetooth';
  isInRange = true;
  /** That takes the links of those who join. */
  bridge: string | undefined;
  readonly attempts: number[] = [];
  private readonly bench: Bench;
  private listener: (event: TechnologyEvent) => void = () => {};

  constructor(bench: Bench) {
    this.bench = bench;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    this.listener({ kind: 'up' });
    const can = { scan: false, activeSsids: 0, tether: true };
    this.listener({
      kind: 'device',
      device: { id: device, type: 'bluetooth', ident: '00AA01000024', interfaceName: '', powered: true, can },
    });
    this.report({ kind: 'idle' });
  }

  close(): void {}

  report(link: Parameters<typeof this.fact>[0]): void {
    this.listener({ kind: 'networks', changed: [this.fact(link)], gone: [] });
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'set-tethering') {
      this.bridge = command.bridge;
      return this.listener({ kind: 'tethering', device, on: command.bridge !== undefined });
    }
    if (command.kind !== 'associate') return;
    const { attempt } = command;
    this.attempts.push(this.bench.clock.now());
    if (this.isInRange) return this.join(attempt);
    this.listener({ kind: 'failed', network, attempt, error: 'out-of-range', reason: 'Phone is not reached' });
  }

  private join(attempt: number): void {
    // As Wi-Fi: not Ethernet's.
    const ifindex = this.bench.addWirelessLink('bnep0');
    this.bench.kernel.plug(ifindex, true);
    this.report({ kind: 'up', attempt, ifindex });
    this.bench.clock.setTimer(60, () => this.bench.dhcp.bound(ifindex, leaseOf('192.168.44.5')));
  }

  private fact(link: { kind: 'idle' } | { kind: 'up'; attempt: number; ifindex: number }) {
    return { id: network, device, group: '00AA01010025', name: 'Phone', link };
  }
}

/** A machine with the adapter on. */
function machine(config?: ConstructorParameters<typeof Bench>[0]) {
  const bench = new Bench(config);
  const phone = new PhoneInRange(bench);
  bench.useDrivers(phone);
  bench.daemon = bench.newDaemon();
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'bluetooth', powered: true });
  bench.advance(1000);
  return { bench, phone };
}

/** Seconds between the attempts of ten minutes in which a phone that was connected is out of range. */
function pausesOf(config?: ConstructorParameters<typeof Bench>[0]): number[] {
  const { bench, phone } = machine(config);
  bench.ask({ kind: 'connect', service });
  bench.advance(1000);
  phone.isInRange = false;
  phone.report({ kind: 'idle' });
  bench.advance(600_000);
  const [, ...lost] = phone.attempts;
  return lost.slice(1).map((at, index) => (at - (lost[index] as number)) / 1000);
}

test('a lost phone is paged less and less for two minutes, then no more', () => {
  expect(pausesOf()).toEqual([0.5, 1, 2, 4, 8, 16, 32]);
});

test('a lost phone whose service connects by itself is paged once a minute in the end', () => {
  const pauses = pausesOf({ defaultAutoConnectTechnologies: ['bluetooth'] });
  expect(pauses.slice(-5)).toEqual([60, 60, 60, 60, 60]);
});

test('tethered, those who join come into a bridge with a DHCP server; it goes with the last technology (rule 166)', () => {
  const { bench, phone } = machine({ tetheringTechnologies: ['bluetooth'] });
  const tether = (tethering: boolean) =>
    bench.daemon.ask({ kind: 'set-tethering', technology: 'bluetooth', tethering });
  const begun = tether(true);
  bench.advance(1000);
  expect(bench.daemon.answers.get(begun)).toEqual({ ok: true });
  expect(phone.bridge).toBe('tether');
  expect([...bench.dhcpServers.values()]).toEqual([expect.objectContaining({ interfaceName: 'tether' })]);
  expect(bench.addresses('tether')).toEqual(['192.168.0.1/24']);
  tether(false);
  bench.advance(1000);
  expect([phone.bridge, bench.dhcpServers.size, bench.addresses('tether')]).toEqual([undefined, 0, []]);
});
