/** The driver of dial-up networks against the contract of technology drivers. */
import { complianceCasesFor, type DriverAbility, type DriverSubject } from '@connman/testkit';
import { dunBench } from '../../test/dun-bench';

const abilities: readonly DriverAbility[] = ['power', 'join', 'exclusive', 'rfkill'];

function subject(): DriverSubject {
  const { dundee, driver, block, pass } = dunBench();
  dundee.put({ name: 'Phone' });
  dundee.start();
  return {
    ...{ driver, abilities, open: 'Phone', pass, block },
    lose: (name) => dundee.set(name, false),
    backEndGone: () => dundee.crash(),
    backEndBack: () => dundee.start(),
  };
}

test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
  await run(subject());
});
