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
import { manageDevices } from './device/manage';
import { configureKernel } from './ipconfig/configure';
import { planDns } from './resolver/plan-dns';
import { advanceServices } from './service/advance';
import { endAdvertised } from './service/advertised';
import { autoConnect } from './service/autoconnect';
import { checkOnline } from './service/check-online';
import { endLeases, runDhcpClients } from './service/dhcp';
import { offerServices } from './service/offer';
import { offerNames } from './service/offer-names';
import { sortServices } from './service/sort';
import { followDevices } from './technology/power';
import type { Turn } from './turn';

export const stages: readonly ((turn: Turn) => void)[] = [
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
];
