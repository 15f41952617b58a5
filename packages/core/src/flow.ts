/**
 * The map. One turn of the engine: what happened is taken in, then each stage below looks at the world and brings its part
 * of it up to date, in this order. Facts travel down this list, and what is to be done comes out as effects:
 *
 *   netlink, D-Bus, DHCP, timers -> EngineEvent -> absorb -> stages -> Effect -> shell -> netlink, D-Bus, DHCP, files
 *                                       ^                                            |
 *                                       '---------- the kernel's echo ---------------'
 *
 * After the turn the bus view of the world is compared with what clients were told last (publish/), and they are told the
 * difference.
 */

import { advanceServices } from './stages/advance-services';
import { callAgents, endSilentAgents } from './stages/agents';
import { autoConnect } from './stages/auto-connect';
import { checkOnline } from './stages/check-online';
import { configureKernel } from './stages/configure-kernel';
import { endLeases, runDhcpClients } from './stages/dhcp';
import { endAdvertised } from './stages/end-advertised';
import { manageDevices } from './stages/manage-devices';
import { offerNames } from './stages/offer-names';
import { offerServices } from './stages/offer-services';
import { planDns } from './stages/plan-dns';
import { followDevices } from './stages/power';
import { sortServices } from './stages/sort-services';
import type { Turn } from './turn';

export const stages: readonly ((turn: Turn) => void)[] = [
  endSilentAgents, //  time -> agents that did not answer
  manageDevices, //    observed links -> devices
  followDevices, //    devices -> the technology's power
  offerServices, //    devices with a cable -> services
  endLeases, //        time -> leases that are over
  endAdvertised, //    time -> names of routers that are over
  autoConnect, //      idle services -> connections
  advanceServices, //  observed addresses and routes -> states
  sortServices, //     states -> order, the default service
  runDhcpClients, //   connections -> DHCP clients
  configureKernel, //  contributions in order -> desired -> plan -> changes
  planDns, //          connected services -> name resolution
  offerNames, //       the default service's lease -> host and domain name
  checkOnline, //      the default service -> online checks
  callAgents, //       what the user has to be asked -> agents
];
