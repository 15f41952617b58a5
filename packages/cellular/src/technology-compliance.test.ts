/** The cellular driver against the contract of technology drivers. */
import { complianceCasesFor, type DriverAbility, type DriverSubject } from '@connman/testkit';
import { bench } from '../test/bench';

const abilities: readonly DriverAbility[] = ['power', 'join', 'exclusive', 'rfkill'];

function subject(): DriverSubject {
  const { ofono, driver, block, pass } = bench();
  ofono.put({ name: 'context1' });
  ofono.start();
  return {
    ...{ driver, abilities, open: 'LabTel', pass, block },
    lose: () => ofono.end('context1'),
    backEndGone: () => ofono.crash(),
    backEndBack: () => ofono.start(),
  };
}

test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
  await run(subject());
});
