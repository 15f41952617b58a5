/** The driver of peers against the contract of technology drivers. */
import { complianceCasesFor, type DriverAbility, type DriverSubject, driverBench, MemoryFiles } from '@connman/testkit';
import { busName, ScriptedPeers, wlan0 } from '../../test/scripted-peers';
import { createP2pDriver } from './driver';

const abilities: readonly DriverAbility[] = ['power', 'scan', 'join', 'exclusive'];

/** Two peers, whose users say yes at once. */
function subject(): DriverSubject {
  const { clock, bus, log, pass } = driverBench(() => {});
  const supplicant = new ScriptedPeers(bus);
  supplicant.near = ['aa', 'bb'];
  supplicant.later = (ms, act) => void clock.setTimer(ms, act);
  const links = { watch: (follow: (links: readonly (typeof wlan0)[]) => void) => follow([wlan0]), close: () => {} };
  const driver = createP2pDriver({ bus: bus.client, clock, files: new MemoryFiles(), log, links, ifindexOf: () => 9 });
  bus.own(busName, supplicant);
  return {
    ...{ driver, abilities, open: 'Peer aa', pass },
    lose: () => supplicant.finish(),
    backEndGone: () => bus.disown(busName),
    backEndBack: () => bus.own(busName, supplicant),
  };
}

test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
  await run(subject());
});
