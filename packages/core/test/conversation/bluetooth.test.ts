/** What connmand does with Bluetooth networks, whose driver is played by the test. */
import {
  type DeviceId,
  deviceId,
  networkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import { isShared } from '../../src/model/tethering/tethering';
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
  /** That takes the links of those who join, by adapter. */
  readonly bridges = new Map<DeviceId, string | undefined>();
  /** Does not let others join. */
  refusing: DeviceId | undefined;
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
    this.plugIn(device, '00AA01000024');
    this.report({ kind: 'idle' });
  }

  plugIn(id: DeviceId, ident: string): void {
    const can = { scan: false, activeSsids: 0, tether: true };
    this.listener({
      kind: 'device',
      device: { id, type: 'bluetooth', ident, interfaceName: '', powered: true, can },
    });
  }

  takeOut(id: DeviceId): void {
    this.bridges.delete(id);
    this.listener({ kind: 'device-gone', device: id });
  }

  close(): void {}

  report(link: Parameters<typeof this.fact>[0]): void {
    this.listener({ kind: 'networks', changed: [this.fact(link)], gone: [] });
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'set-tethering') {
      const isRefused = command.bridge !== undefined && command.device === this.refusing;
      if (!isRefused) this.bridges.set(command.device, command.bridge);
      const reason = isRefused && { reason: 'bluetoothd refuses: Already Exists' };
      const on = command.bridge !== undefined && !isRefused;
      return this.listener({ kind: 'tethering', device: command.device, on, ...reason });
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
  expect(phone.bridges.get(device)).toBe('tether');
  expect([...bench.dhcpServers.values()]).toEqual([expect.objectContaining({ interfaceName: 'tether' })]);
  expect(bench.addresses('tether')).toEqual(['192.168.0.1/24']);
  tether(false);
  bench.advance(1000);
  expect([phone.bridges.get(device), bench.dhcpServers.size, bench.addresses('tether')]).toEqual([undefined, 0, []]);
});

const other = deviceId('bluetooth:00AA01000077');

function tethered(refusing?: DeviceId) {
  const { bench, phone } = machine({ tetheringTechnologies: ['bluetooth'] });
  if (refusing) phone.refusing = refusing;
  expect(bench.ask({ kind: 'set-tethering', technology: 'bluetooth', tethering: true })).toEqual({ ok: true });
  bench.advance(100);
  const plugIn = () => {
    phone.plugIn(other, '00AA01000077');
    bench.advance(100);
  };
  return { bench, phone, plugIn };
}

test('an adapter that is plugged in while others are let in lets them in as well, also the second time (rule 166)', () => {
  const { bench, phone, plugIn } = tethered();
  plugIn();
  expect([...phone.bridges.values()]).toEqual(['tether', 'tether']);
  phone.takeOut(other);
  bench.advance(100);
  plugIn();
  expect([...phone.bridges.values()]).toEqual(['tether', 'tether']);
  bench.ask({ kind: 'set-tethering', technology: 'bluetooth', tethering: false });
  bench.advance(100);
  expect([...phone.bridges.values()]).toEqual([undefined, undefined]);
});

test('one adapter that lets no one in does not end what another one shares, and is not asked over and over', () => {
  const { bench, phone, plugIn } = tethered(other);
  bench.done();
  plugIn();
  bench.advance(10_000);
  expect([...phone.bridges]).toEqual([[device, 'tether']]);
  expect(bench.done('technology')).toHaveLength(1);
  expect(isShared(bench.daemon.engine.world.tethering, 'bluetooth')).toBe(true);
});
