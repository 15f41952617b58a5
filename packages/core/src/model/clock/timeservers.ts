/** Which time servers are asked, and in which order (rule 152). */
import type { NtpRequest } from '@connman/contracts';
import type { EngineConfig } from '../config';
import { type Contribution, gatewayOf } from '../ipconfig/contribution';
import type { Observed } from '../observed/tables';
import { nameserversOf } from '../service/effective';
import { contributionsOf } from '../service/progress';
import { linkOf, type Service } from '../service/service';
import type { ClockState } from './clock';

/** ConnMan's: 0.4 s and more are stepped (rule 156). */
const stepThreshold = 0.4;
/** No true time is before this source was written, in seconds; moved on with each release. */
export const sourceDate = Date.UTC(2026, 10, 1) / 1000;

/** Undefined if no server is known. */
export function ntpRequest(
  clock: ClockState,
  service: Service,
  config: EngineConfig,
  observed: Observed,
): NtpRequest | undefined {
  const groups = timeserverGroups(clock, service, config);
  if (groups.length === 0) return undefined;
  const interfaceName = observed.links.get(linkOf(service) ?? 0)?.name ?? '';
  const nameservers = nameserversOf(service, observed);
  return { groups, interfaceName, nameservers, stepThreshold, notBefore: sourceDate };
}

/** The user's for this service, its network's, its gateways, the user's for all, those of main.conf; none of them twice. */
function timeserverGroups(clock: ClockState, service: Service, config: EngineConfig): string[][] {
  const contributions = contributionsOf(service);
  const gateways = config.gatewaysAreTimeservers ? contributions.flatMap((one) => gatewaysOf(one)) : [];
  const groups = [
    service.settings.timeservers,
    contributions.flatMap((one) => one.timeservers),
    gateways,
    clock.timeservers,
    config.fallbackTimeservers,
  ];
  const known = new Set<string>();
  return groups
    .map((group) => [...new Set<string>(group)].filter((server) => !known.has(server) && known.add(server)))
    .filter((group) => group.length > 0);
}

function gatewaysOf(contribution: Contribution): string[] {
  return ([4, 6] as const).flatMap((family) => gatewayOf(contribution, family) ?? []);
}
