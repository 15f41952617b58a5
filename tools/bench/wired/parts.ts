// The parts of a round: what is done to a machine in each, and the figures that come out.
import type { Sighting } from './sighting';
import { pause, Station } from './station';
import type { BenchSubject } from './subjects';

/** Figure to value: milliseconds, or kilobytes where the name says so. */
export type Figures = Record<string, number>;

export interface Circumstances {
  readonly foreignRoutes: number;
  /** How long the machine is left alone before its memory is read. */
  readonly idleMs: number;
}

const SETTLE_MS = 1000;

const address = (link: string, subnet: string) => (sighting: Sighting) =>
  sighting.kind === 'address' && sighting.link === link && sighting.address.startsWith(`${subnet}.`);
const defaultRoute = (link: string) => (sighting: Sighting) => sighting.kind === 'default' && sighting.link === link;
const nameservers = (server: string) => (sighting: Sighting) =>
  sighting.kind === 'nameservers' && sighting.servers[0] === server;
const ready = (sighting: Sighting) =>
  sighting.kind === 'service' && (sighting.state === 'ready' || sighting.state === 'online');
/** NetworkManager says it of the machine alone. */
const online = (subject: BenchSubject) => (sighting: Sighting) =>
  sighting.kind === (subject.dialect === 'connman' ? 'service' : 'manager') && sighting.state === 'online';
const managerOnline = (sighting: Sighting) => sighting.kind === 'manager' && sighting.state === 'online';

export type Part = (subject: BenchSubject, circumstances: Circumstances) => Promise<Figures>;

async function inStation(
  subject: BenchSubject,
  { foreignRoutes }: Circumstances,
  measure: (station: Station) => Promise<Figures>,
): Promise<Figures> {
  const station = await Station.open(subject, { foreignRoutes });
  try {
    return await measure(station);
  } finally {
    await station.close();
  }
}

/** The machine's cable is in when the daemon starts. */
export const linked: Part = (subject, circumstances) =>
  inStation(subject, circumstances, async (station) => {
    const cable = await station.cable('eth0', '10.77.1');
    await station.machine.run('ip link set eth0 up');
    await cable.plug();
    await pause(SETTLE_MS);
    const from = await station.start({ dnsProxy: true });
    const since = async (what: string, wanted: (sighting: Sighting) => boolean) =>
      (await station.sees(what, from, wanted)) - from;
    const figures: Figures = {
      'exec -> bus name': await since('the name', (sighting) => sighting.kind === 'name'),
      'exec -> address': await since('an address', address('eth0', '10.77.1')),
      'exec -> online': await since('online', online(subject)),
    };
    if (circumstances.idleMs === 0) return figures;
    await pause(circumstances.idleMs);
    const { rssKb, pssKb, anonymousKb } = station.memory();
    return { ...figures, 'idle, anonymous kB': anonymousKb, 'idle, PSS kB': pssKb, 'idle, RSS kB': rssKb };
  });

/** The daemon runs when the cable is put in; then a second one is, the first one goes, and comes back. */
export const uplink =
  (failover: boolean): Part =>
  (subject, circumstances) =>
    inStation(subject, circumstances, async (station) => {
      const first = await station.cable('eth0', '10.77.1');
      const second = await station.cable('eth1', '10.77.2');
      const started = await station.start({ dnsProxy: false });
      await station.sees('the name', started, (sighting) => sighting.kind === 'name');
      await pause(SETTLE_MS);

      let from = await first.plug();
      const since = async (what: string, wanted: (sighting: Sighting) => boolean) =>
        (await station.sees(what, from, wanted)) - from;
      const figures: Figures = {
        'link up -> address': await since('an address', address('eth0', '10.77.1')),
        'link up -> default route': await since('a default route', defaultRoute('eth0')),
        'link up -> ready': await since('ready', ready),
        'link up -> online (manager)': await since('manager online', managerOnline),
        'link up -> online': await since('online', online(subject)),
      };
      if (!failover) return figures;

      const plugged = await second.plug();
      await station.sees('the second address', plugged, address('eth1', '10.77.2'));
      await station.sees('the second one ready', plugged, ready);
      await pause(SETTLE_MS);
      from = await first.unplug();
      figures['cable loss -> default route moved'] = await since('the default route moved', defaultRoute('eth1'));
      figures['cable loss -> name servers moved'] = await since('the name servers moved', nameservers('10.77.2.1'));

      await pause(SETTLE_MS);
      from = await first.plug();
      figures['link up -> address, stored lease'] = await since('an address again', address('eth0', '10.77.1'));
      return figures;
    });
