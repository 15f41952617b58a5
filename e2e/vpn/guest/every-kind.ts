// What every VPN keeps to with its real server: traffic goes on while our daemons change, and comes back after all else changed.
import { connmanBusName, connmanPaths, serviceInterface } from '@connman/contracts';
import { inLab, type Lab } from '../../netns/lab/lab';
import type { Network } from '../../netns/lab/network';
import { ours } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { type Kind, kinds, offerTerminals, serverAddress } from './kinds';
import { check, equal, runScenarios } from './scenarios';
import { layUplinks } from './two-uplinks';

const ident = `${serverAddress.replaceAll('.', '_')}_lab_example`;
const service = `vpn_${ident}`;

interface Scene {
  readonly kind: Kind;
  readonly lab: Lab;
  readonly site: VpnSite;
  readonly uplinks: readonly [Network, Network];
}

async function withKind(kind: Kind, scenario: (scene: Scene) => Promise<void>): Promise<void> {
  await inLab(ours, async (lab) => {
    const uplinks = await layUplinks(lab);
    const [{ far }] = uplinks;
    for (const address of [serverAddress, '10.99.0.1']) await far.run(`ip address add ${address}/32 dev lo`);
    const server = await kind.start(far);
    const lines = [
      '[provider_it]',
      `Type = ${kind.type}`,
      'Name = It',
      `Host = ${serverAddress}`,
      'Domain = lab.example',
    ];
    lab.machine.write('/var/lib/connman-vpn/it.config', [...lines, ...kind.settings(lab.machine), ''].join('\n'));
    await uplinks[0].plug();
    await lab.startDaemon();
    await lab.connman.untilOnline('eth0');
    const site = await VpnSite.open(lab);
    await site.during(
      async () => {
        await site.start();
        await site.untilService(service);
        await scenario({ kind, lab, site, uplinks });
      },
      () => ({ server }),
    );
  });
}

/** Not one of the pings is lost while it happens. */
async function withoutLoss({ lab, kind }: Scene, what: string, happen: () => Promise<unknown>): Promise<void> {
  const ping = lab.start(['ping', '-n', '-i', '0.1', kind.inside]);
  await ping.line(/icmp_seq=2 /);
  await happen();
  const seen = ping.output.items.length;
  await ping.output.until('a reply afterwards', () => ping.output.items.length >= seen + 3);
  await ping.stop('SIGINT');
  const replies = ping.output.items
    .flatMap((line) => /bytes from .* icmp_seq=(\d+) /.exec(line)?.[1] ?? [])
    .map(Number);
  // The last one may have been under way.
  const missing = Array.from({ length: Math.max(...replies) }, (_, i) => i + 1).filter((n) => !replies.includes(n));
  equal(missing, [], `pings lost while ${what}`);
}

/** Until a reply to a ping that is sent from now on. */
async function untilTraffic({ lab, kind }: Scene, deadlineMs: number): Promise<void> {
  const ping = lab.start(['ping', '-n', '-i', '0.1', kind.inside]);
  await ping.output.until('a reply', () => ping.output.items.some((line) => line.includes('bytes from')), deadlineMs);
  await ping.stop('SIGINT');
}

const scenario = (kind: Kind) =>
  withKind(kind, async (scene) => {
    const { lab, site, uplinks } = scene;
    const say = (text: string) => process.stdout.write(`      ${kind.type}: ${text}\n`);
    const it = site.bus.object(serviceInterface, { name: connmanBusName, path: connmanPaths.service(service) });
    await it.call('Connect', [], { timeoutMs: 60_000 });
    await site.untilReady(service);
    await site.pingThrough(kind.inside, 40);
    const before = await site.properties(ident);

    await withoutLoss(scene, 'connmand is restarted', async () => {
      await lab.stopDaemon('SIGTERM');
      await lab.startDaemon();
      await site.untilReady(service);
    });
    await withoutLoss(scene, 'connman-vpnd is killed and back', async () => {
      await site.kill();
      await site.start();
    });
    equal(await site.properties(ident), before, 'what it is');

    const [first, second] = uplinks;
    await second.plug();
    await lab.connman.until('the second uplink', () => /ready|online/.test(String(lab.connman.serviceState('eth1'))));
    const unplugged = performance.now();
    await first.unplug();
    await lab.connman.until('the first uplink gone', () => lab.connman.service('eth0') === undefined);
    await untilTraffic(scene, 60_000);
    const moved = performance.now() - unplugged;
    say(`uplink change to traffic: ${Math.round(moved)} ms`);
    check(moved <= kind.movesWithinMs, `back within ${kind.movesWithinMs} ms on another uplink, not ${moved}`);

    await kind.kill(first.far);
    // So long that every client has noticed, or has asked in vain.
    await lab.machine.run('sleep 20');
    await kind.start(first.far);
    const returned = performance.now();
    await untilTraffic(scene, 120_000);
    say(`server back to traffic: ${Math.round(performance.now() - returned)} ms`);

    await it.call('Disconnect', []);
    await site.until('it idle', () => site.signals.items.at(-1) === 'State "idle"', 30_000);
    check(!/wg0|vpn0/.test(await lab.machine.run('ip -o link')), 'the link is gone');
    equal(await lab.machine.run('ls /run/connman-vpn'), '', 'its folder');
  });

offerTerminals();
void runScenarios(
  Object.fromEntries(kinds.map((kind) => [`${kind.type}: nothing is lost, and it comes back`, () => scenario(kind)])),
);
