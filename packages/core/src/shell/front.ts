/** The objects on the bus, there before the name is, so that no client's call comes too early. */
import type { Bus } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { MainSettings } from '@connman/settings';
import type { Happening } from '../events';
import { AgentHost } from './agent-host';
import { ConnmanBus } from './connman-bus';
import { emptySnapshot } from './publish/snapshot';
import type { Shell } from './shell';

export interface Front {
  readonly agents: AgentHost;
  readonly connman: ConnmanBus;
  /** To the shell, or kept for it until there is one. */
  dispatch(happening: Happening): void;
  open(shell: Shell): void;
}

export function frontOnBus(bus: Bus, clock: Clock, settings: MainSettings): Front {
  let shell: Shell | undefined;
  const early: Happening[] = [];
  const dispatch = (happening: Happening): void => {
    if (shell) shell.dispatch(happening);
    else early.push(happening);
  };
  const agents = new AgentHost({
    bus,
    clock,
    dispatch,
    inputTimeoutMs: settings.inputRequestTimeout * 1000,
    browserTimeoutMs: settings.browserLaunchTimeout * 1000,
  });
  const connman = new ConnmanBus({ bus, agents, dispatch, snapshot: () => shell?.snapshot ?? emptySnapshot });
  return {
    agents,
    connman,
    dispatch,
    open: (opened) => {
      shell = opened;
      for (const happening of early) shell.dispatch(happening);
    },
  };
}
