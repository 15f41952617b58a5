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
import { advanceServices, connectDeadlines } from './stages/advance-services';
import { agentDeadlines, callAgents, endSilentAgents } from './stages/agents';
import { associate, associateDeadlines } from './stages/associate';
import { autoConnect, autoConnectDeadlines } from './stages/auto-connect';
import { awaitedDeadlines, takeUpLinks } from './stages/await-drivers';
import { checkDeadlines, checkOnline } from './stages/check-online';
import { configureKernel, kernelDeadlines } from './stages/configure-kernel';
import { countDeadlines, countTraffic } from './stages/count-traffic';
import { deriveServices } from './stages/derive-services';
import { endLeases, leaseDeadlines, runDhcpClients } from './stages/dhcp';
import { endLeases6, lease6Deadlines, runDhcp6Clients } from './stages/dhcp6';
import { advertisedDeadlines, endAdvertised } from './stages/end-advertised';
import { findNat64, nat64Deadlines } from './stages/find-nat64';
import { findProxy } from './stages/find-proxy';
import { followCountry } from './stages/follow-country';
import { followNetworks } from './stages/follow-networks';
import { guardTunnels } from './stages/guard-tunnels';
import { keepTime } from './stages/keep-time';
import { manageDevices } from './stages/manage-devices';
import { observeCables } from './stages/observe-cables';
import { offerNames } from './stages/offer-names';
import { onboard, onboardDeadlines } from './stages/onboard';
import { offerPeerServices, servePeers } from './stages/peers';
import { bootNamesDeadlines, planDns } from './stages/plan-dns';
import { followPower, powerDeadlines } from './stages/power';
import { followPrivateNetworks, privateNetworkDeadlines } from './stages/private-networks';
import { provisionServices } from './stages/provision-services';
import { inquiryDeadlines, retirePrefixes } from './stages/retire-prefixes';
import { routeClients } from './stages/route-clients';
import { scan, scanDeadlines } from './stages/scan';
import { findBridge, shareConnection, sharingDeadlines } from './stages/share-connection';
import { shareIpv6, sharing6Deadlines } from './stages/share-ipv6';
import { sortServices } from './stages/sort-services';
import { endTrial, proveChange, trialDeadlines } from './stages/try-change';
import { uplinkDeadlines, verifyUplinks } from './stages/verify-uplinks';
import type { Stage } from './turn';

/**
 * A stage that looks at the time says when it wants to be run for that alone. One that goes over all there is does not run for each
 * part of the news of many links, but for a quarter of them (ADR 18).
 */
export const stages: readonly Stage[] = [
  // time -> agents that did not answer
  { run: endSilentAgents, deadlines: agentDeadlines },
  // observed links -> the bridge of a shared connection
  { run: findBridge },
  // observed links -> Ethernet devices; those of other technologies are reported by their drivers
  { run: manageDevices },
  // devices -> their technology's power
  { run: followPower, deadlines: powerDeadlines },
  // no way out for a while -> an access point with a page
  { run: onboard, deadlines: onboardDeadlines },
  // what is shared -> bridge, DHCP server
  { run: shareConnection, deadlines: sharingDeadlines },
  // private networks of clients of the bus -> TUN links
  { run: followPrivateNetworks, deadlines: privateNetworkDeadlines },
  // the time zone's country -> radios
  { run: followCountry },
  // cables -> networks; those of other technologies are reported by their drivers
  { run: observeCables },
  // networks -> services
  { run: deriveServices },
  // *.config files -> settings of services
  { run: provisionServices },
  // time -> a change that did not prove itself
  { run: endTrial },
  // time -> leases that are over
  { run: endLeases, deadlines: leaseDeadlines },
  { run: endLeases6, deadlines: lease6Deadlines },
  // time -> names of routers that are over
  { run: endAdvertised, deadlines: advertisedDeadlines },
  // prefixes that a router speaks of no more -> deprecated addresses
  { run: retirePrefixes, deadlines: inquiryDeadlines },
  // idle services -> connections
  { run: autoConnect, deadlines: autoConnectDeadlines },
  // networks that are up, or no longer -> the links of connections
  { run: followNetworks },
  // links of a former run -> their drivers are waited for, until connections have them
  { run: takeUpLinks, deadlines: awaitedDeadlines },
  // connections without a link -> drivers join networks, or leave them
  { run: associate, deadlines: associateDeadlines },
  // groups of peers that this machine owns -> networks, DHCP servers
  { run: servePeers },
  // observed addresses and routes -> states
  { run: advanceServices, deadlines: connectDeadlines },
  // connected services -> what they carry of their data budgets
  { run: countTraffic, deadlines: countDeadlines },
  // a change that is tried -> proofs
  { run: proveChange, deadlines: trialDeadlines },
  // several uplinks -> which of them lead to the internet
  { run: verifyUplinks, deadlines: uplinkDeadlines, goesOverAll: true },
  // states -> order, the default service
  { run: sortServices, goesOverAll: true },
  // the first uplink's delegation -> IPv6 of a shared connection
  { run: shareIpv6, deadlines: sharing6Deadlines, goesOverAll: true },
  // networks that are shared -> address translation, forwarding
  { run: routeClients, goesOverAll: true },
  // tunnels that are up -> the firewall, before their routes change
  { run: guardTunnels, goesOverAll: true },
  // connections -> DHCP clients
  { run: runDhcpClients },
  // what routers say of addresses -> DHCPv6 clients
  { run: runDhcp6Clients },
  // contributions in order -> desired -> plan -> changes
  { run: configureKernel, deadlines: kernelDeadlines, goesOverAll: true },
  // connected services -> name resolution
  { run: planDns, deadlines: bootNamesDeadlines, goesOverAll: true },
  // the domain of a network -> its proxy's configuration
  { run: findProxy },
  // networks without IPv4 -> their NAT64 prefixes
  { run: findNat64, deadlines: nat64Deadlines },
  // the default service's lease -> host and domain name
  { run: offerNames, goesOverAll: true },
  // the default service -> time servers
  { run: keepTime, goesOverAll: true },
  // the default service -> online checks
  { run: checkOnline, deadlines: checkDeadlines, goesOverAll: true },
  // what clients offer to peers -> radios
  { run: offerPeerServices },
  // devices without a connection -> scans
  { run: scan, deadlines: scanDeadlines },
  // what the user has to be asked -> agents
  { run: callAgents },
];
