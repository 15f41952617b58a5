/** The driver of ModemManager's modems against the contract of technology drivers. */
import { complianceCasesFor, type DriverAbility, type DriverSubject } from '@connman/testkit';
import { mmBench } from '../../test/mm-bench';

const abilities: readonly DriverAbility[] = ['power', 'join', 'exclusive', 'rfkill'];

function subject(): DriverSubject {
  const { modemManager, driver, block, pass } = mmBench();
  modemManager.start();
  return {
    ...{ driver, abilities, open: 'LabTel', pass, block },
    lose: () => modemManager.end(),
    backEndGone: () => modemManager.crash(),
    backEndBack: () => modemManager.start(),
  };
}

test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
  await run(subject());
});
