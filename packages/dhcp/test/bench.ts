/** A client of the component on a manual clock and a scripted wire, with everything it told. */

import type { LogLevel } from '@connman/base';
import type { Dhcp4Event, Dhcp4Request } from '@connman/contracts';
import { FakeDatagrams, ManualClock, PacketWire } from '@connman/testkit';
import { createDhcpComponent } from '../src/component';
import { clientMac, ifindex, ScriptedServer } from './scripted-server';

/** Small and good enough: mulberry32. */
export function seededEntropy(seed: number) {
  let state = seed >>> 0;
  const uint32 = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { uint32, bytes: (count: number) => Uint8Array.from({ length: count }, () => uint32() & 255) };
}

export function bench(seed = 1) {
  const clock = new ManualClock(1000);
  const wire = new PacketWire();
  const datagrams = new FakeDatagrams();
  const server = new ScriptedServer(wire, clock);
  const events: (Dhcp4Event & { readonly at: number })[] = [];
  const lines: string[] = [];
  const at = (level: LogLevel) => (text: string) => void lines.push(`${level}: ${text}`);
  const log = { error: at('error'), warning: at('warning'), info: at('info'), debug: () => {} };
  const ownMacs = new Set([clientMac]);
  const linkAddresses = { read: () => ownMacs };
  const component = createDhcpComponent({
    clock,
    entropy: seededEntropy(seed),
    packets: wire,
    datagrams,
    linkAddresses,
    log,
  });
  component.onEvent((event) => event.family === 4 && events.push({ ...event, at: clock.now() }));
  const request: Dhcp4Request = {
    family: 4,
    ifindex,
    interfaceName: 'eth0',
    mac: clientMac,
    hostname: 'box',
    vendorClassId: '',
    conflictDetection: false,
  };
  return {
    clock,
    wire,
    ownMacs,
    server,
    events,
    lines,
    component,
    start: (changes: Partial<Dhcp4Request> = {}) => component.start({ ...request, ...changes }),
    kinds: () => events.map(({ kind }) => kind),
    last: () => events.at(-1),
  };
}
