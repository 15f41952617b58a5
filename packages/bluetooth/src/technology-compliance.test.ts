/** The Bluetooth driver against the contract of technology drivers. */
import { complianceCasesFor, type DriverAbility, type DriverSubject } from '@connman/testkit';
import { bench, phone } from '../test/bench';

const abilities: readonly DriverAbility[] = ['power', 'join', 'exclusive', 'rfkill'];

function subject(): DriverSubject {
  const { bluez, driver, block, pass } = bench();
  bluez.put({ ...phone });
  bluez.put({ name: 'Tablet', address: '00:AA:01:02:00:26' });
  bluez.start();
  return {
    ...{ driver, abilities, open: phone.name, pass, block },
    lose: (name) => bluez.hangUp(name),
    backEndGone: () => bluez.crash(),
    backEndBack: () => bluez.start(),
  };
}

test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
  await run(subject());
});
