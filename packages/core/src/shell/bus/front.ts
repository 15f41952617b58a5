/** The objects on the bus, exported before the name is requested, so that no client's call comes too early. */
import { err, type Logger } from '@connman/base';
import { PolkitAuthorizer } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { Happening } from '../../events';
import type * as metricsPart from '../metrics/metrics';
import { emptySnapshot } from '../publish/snapshot';
import type { Reloader } from '../reload';
import type { Secrets } from '../secrets';
import type { Shell } from '../shell';
import type { Statistics } from '../statistics/statistics';
import { AgentCalls } from './agent-calls';
import { Calls } from './calls';
import { exportConfiguration } from './configuration-object';
import { ConnmanBus, type ConnmanBusOptions } from './connman-bus';
import { exportDiagnosis } from './diagnosis-object';

export interface Front {
  readonly agents: AgentCalls;
  readonly calls: Calls;
  readonly connman: ConnmanBus;
  readonly statistics: Statistics;
  readonly secrets: Secrets;
  /** To the shell, or kept for it until there is one. */
  dispatch(happening: Happening): void;
  open(shell: Shell): void;
}

export interface FrontParts {
  readonly clock: Clock;
  readonly statistics: Statistics;
  readonly log: Logger;
  readonly loadSessions: ConnmanBusOptions['loadSessions'];
  readonly policies: ConnmanBusOptions['policies'];
  readonly tunnels: ConnmanBusOptions['tunnels'];
  readonly loadMetrics: () => typeof metricsPart | undefined;
  readonly reload: Reloader['reload'];
}

export function frontOnBus(bus: Bus, secrets: Secrets, parts: FrontParts): Front {
  const { clock, statistics, log, loadSessions, policies, tunnels, loadMetrics, reload } = parts;
  let shell: Shell | undefined;
  const early: Happening[] = [];
  const dispatch = (happening: Happening): void => {
    if (shell) shell.dispatch(happening);
    else early.push(happening);
  };
  const calls = new Calls({ authorizer: new PolkitAuthorizer(bus, log), dispatch });
  const connman = new ConnmanBus({
    ...{ bus, clock, statistics, calls, loadSessions, policies, tunnels, secrets },
    snapshot: () => shell?.snapshot ?? emptySnapshot,
  });
  exportConfiguration(bus, calls, {
    reload,
    planChange: (service, settings) =>
      shell?.planChange(service, settings) ?? err({ ok: false, error: 'InvalidService' }),
  });
  exportDiagnosis(bus, {
    why: (id) => shell?.why(id),
    plan: () => shell?.plan() ?? [],
    metrics: () => shell && loadMetrics()?.metricsText(shell, bus),
    clients: () => shell?.clientTraffic() ?? [],
  });
  return {
    agents: new AgentCalls({ bus, secrets, dispatch }),
    calls,
    connman,
    statistics,
    secrets,
    dispatch,
    open: (opened) => {
      shell = opened;
      for (const happening of early) shell.dispatch(happening);
    },
  };
}
