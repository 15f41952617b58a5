/**
 * What a change of a service's settings would do, found out in a copy of the world whose kernel does as it is asked. What depends on
 * others' answers, such as a lease, is named and not made up.
 */
import { err, ok, type Result } from '@connman/base';
import type { Effect } from '../../effects';
import type { EngineEvent, Happening } from '../../events';
import type { Outcome } from '../../model/outcome';
import type { ServiceSetting } from '../../model/service/setting';
import { effectInWords } from '../../replay/in-words';
import type { World } from '../../world';
import { engineInCopyOf } from './copy-of-world';
import { echoOf } from './kernel-echo';
import type { PlannedChange } from './plan';

/** In which the kernel would have shown everything that follows from one change. */
const mostRounds = 20;

/** Of an operation that no client waits for. */
const operation = -1;

export type Refused = Outcome & { readonly ok: false };

/** What would be asked of the kernel and of DHCP servers, in order. The world itself is not touched. */
export function effectsOfChange(
  world: World,
  at: Pick<EngineEvent, 'at' | 'wall'>,
  service: string,
  settings: readonly ServiceSetting[],
): Result<readonly Effect[], Refused> {
  const engine = engineInCopyOf(world);
  const copy = engine.world;
  const turn = (happening: Happening) => engine.turn({ ...at, ...happening });
  // What is to be done anyway is not of this change.
  settle(copy, turn, turn({ kind: 'tick' }));
  for (const setting of settings) {
    const effects = turn({ kind: 'intent', operation, intent: { kind: 'configure', service, setting } });
    const refused = effects.flatMap((effect) =>
      effect.kind === 'reply' && !effect.outcome.ok ? [effect.outcome] : [],
    );
    if (refused[0]) return err(refused[0]);
  }
  return ok(settle(copy, turn, turn({ kind: 'proposal-settled', service })));
}

/** The effects with all that follow from what the kernel shows of them. */
export function settle(
  world: World,
  turn: (happening: Happening) => readonly Effect[],
  effects: readonly Effect[],
): readonly Effect[] {
  const all = [...effects];
  let latest = effects;
  for (let round = 0; round < mostRounds && latest.length > 0; round++) {
    const facts = latest.flatMap((effect) => echoOf(effect, world));
    latest = facts.length > 0 ? turn({ kind: 'kernel', facts }) : [];
    all.push(...latest);
  }
  return all;
}

/** The same for people. */
export function planOfChange(
  world: World,
  at: Pick<EngineEvent, 'at' | 'wall'>,
  service: string,
  settings: readonly ServiceSetting[],
): Result<readonly PlannedChange[], Refused> {
  const effects = effectsOfChange(world, at, service, settings);
  if (!effects.ok) return effects;
  const nameOf = (ifindex: number) => world.observed.links.get(ifindex)?.name ?? `link ${ifindex}`;
  return ok(effects.value.flatMap((effect) => planned(effect, nameOf, at.at)));
}

function planned(effect: Effect, nameOf: (ifindex: number) => string, now: EngineEvent['at']): PlannedChange[] {
  const words = (status: string): PlannedChange[] => {
    const [kind = '', text = ''] = effectInWords(effect, nameOf, now).split(/ (.*)/s);
    return [[effect.kind === 'change' ? effect.change.kind : kind, text, status]];
  };
  switch (effect.kind) {
    case 'change':
    case 'sysctl':
      return words('would be sent');
    case 'dhcp-start':
      return words('would be asked; what it gives is not known');
    case 'dhcp-stop':
      return words(effect.release ? 'would be given back' : 'would end');
    default:
      return [];
  }
}
