/** net.connman.Configuration: main.conf read again, and changes tried, for a client that may change things. */
import type { Result } from '@connman/base';
import {
  configurationInterface,
  configurationPath,
  connmanError,
  invalidArguments,
  longestTrialSeconds,
  refuseUnbounded,
} from '@connman/contracts';
import { type Bus, BusError, type Variant } from '@connman/dbus';
import { parseSetting } from '../../model/service/bus-settings';
import type { ServiceSetting } from '../../model/service/setting';
import { parseProof } from '../../model/trial/bus-proofs';
import type { TrialRequest } from '../../model/trial/trial';
import type { Reloaded } from '../reload';
import type { Shell } from '../shell';
import { type Calls, errorOf } from './calls';
import { lastElement } from './service-object';

/** Of settings and of proofs in one call. */
const mostParts = 16;

export interface ConfigurationParts {
  reload(): Result<Reloaded, string>;
  planChange(service: string, settings: readonly ServiceSetting[]): ReturnType<Shell['planChange']>;
}

export function exportConfiguration(bus: Bus, calls: Calls, { reload, planChange }: ConfigurationParts): void {
  bus.export(configurationPath, configurationInterface, {
    async Reload(_, call) {
      await calls.mayChange(call);
      const result = reload();
      if (!result.ok) throw new BusError('net.connman.Error.Failed', result.error);
      return [[...result.value.applied], [...result.value.atNextStart]];
    },
    Try: ([path, settings, proofs, needed, seconds], call) =>
      calls.ask(call, { kind: 'try', service: lastElement(path), ...trialOf(settings, proofs, needed, seconds) }),
    // It may take a while where there are many links: only who may change things has it done.
    async PlanChange([path, settings], call) {
      await calls.mayChange(call);
      const planned = planChange(lastElement(path), settingsOf(settings));
      if (!planned.ok) throw errorOf(planned.error);
      return [...planned.value];
    },
  });
}

/** Throws what is wrong with the call. */
function trialOf(
  settings: readonly (readonly [name: string, value: Variant])[],
  proofs: readonly string[],
  needed: number,
  seconds: number,
): TrialRequest {
  if (seconds < 1 || seconds > longestTrialSeconds) {
    throw invalidArguments(`a change is tried for 1 to ${longestTrialSeconds} s, not for ${seconds}`);
  }
  if (proofs.length > mostParts) throw invalidArguments(`at most ${mostParts} proofs can be looked for at a time`);
  const checked = settingsOf(settings);
  const wanted = proofs.map((text) => {
    const proof = parseProof(text);
    if (!proof.ok) throw invalidArguments(proof.error);
    return proof.value;
  });
  return { settings: checked, proofs: wanted, needed, seconds };
}

function settingsOf(settings: readonly (readonly [name: string, value: Variant])[]): readonly ServiceSetting[] {
  if (settings.length === 0) throw invalidArguments('no setting is given to be tried');
  if (settings.length > mostParts) throw invalidArguments(`at most ${mostParts} settings can be tried at a time`);
  return settings.map(([name, value]) => {
    refuseUnbounded(name, value);
    const setting = parseSetting(name, value);
    if (!setting.ok) throw connmanError(setting.error, name);
    return setting.value;
  });
}
