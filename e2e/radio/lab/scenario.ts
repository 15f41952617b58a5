// Declares a scenario. On the host it is a test of jest that boots a guest; in the guest it is what runs there.
//
//   scenario('an open network is joined without a question', async (lab) => {
//     await lab.begin();
//     await lab.accessPoint(await lab.site(), { ssid: 'Open' });
//     await lab.connect('Open');
//     await lab.untilOnline('Open');
//   });
import { type BackendName, backendNames } from './backend';
import { scenarioTest } from './host';
import type { Lab } from './lab';

export interface ScenarioOptions {
  /** Of another part of features.json than Wi-Fi: it runs once, and no back end of Wi-Fi has a say in it. */
  readonly part?: string;
  /** The machine's own and one for each access point; 2 if not said. */
  readonly radios?: number;
  /** Both, if not said. */
  readonly backends?: readonly BackendName[];
  /** What the reference can do it with, if not with both. */
  readonly referenceBackends?: readonly BackendName[];
  /** Promised beyond the reference, or what the reference gets wrong. */
  readonly onlyOurs?: boolean;
  /** With these it fails or takes too long: left out unless RADIO_ALL is set. README.md says why. */
  readonly notYet?: readonly BackendName[];
  /** Takes more than some seconds of a processor: left out unless RADIO_ALL is set. */
  readonly isLong?: boolean;
  /** Runs on the host's clock instead of virtual time. */
  readonly realTime?: boolean;
  /** Seconds of the host's that the guest may take; 300 if not said. */
  readonly timeoutSeconds?: number;
}

export type ScenarioBody = (lab: Lab) => Promise<void>;

export function scenario(name: string, body: ScenarioBody, options: ScenarioOptions = {}): void {
  const chosen = process.env.RADIO_SCENARIO;
  if (chosen === undefined) {
    if (options.part !== undefined) return scenarioTest(name, undefined, options);
    for (const backend of options.backends ?? backendNames) scenarioTest(name, backend, options);
  } else if (chosen === name) void runInGuest(body, options.radios ?? 2);
}

async function runInGuest(body: ScenarioBody, radios: number): Promise<void> {
  const { Lab } = await import('./lab');
  const { switchOff } = await import('./machine');
  Object.assign(globalThis, { expect: (await import('expect')).expect });
  const backend = (process.env.RADIO_BACKEND ?? 'wpa_supplicant') as BackendName;
  const lab = await Lab.open({ backend, radios });
  let status = 0;
  try {
    await body(lab);
  } catch (error) {
    console.log(`${error instanceof Error ? error.stack : error}${lab.report()}`);
    status = 1;
  }
  switchOff(status);
}
