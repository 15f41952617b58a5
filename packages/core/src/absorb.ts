/** The beginning of a turn: what happened is written into the world, before any stage looks at it. */
import type { KernelEvent, LinkFact } from '@connman/netlink';
import type { Happening } from './events';
import { carryOutIntent } from './intent';
import { isResetting } from './model/device/link-state';
import { generationPath } from './model/ipconfig/address-generation';
import { factKey, linkOf } from './model/ipconfig/plan';
import { forgetAdvertised, observeAdvertised } from './model/observed/advertised';
import {
  forgetAddress,
  forgetLink,
  forgetRoute,
  forgetRule,
  isIpv6Settled,
  observeAddress,
  observeLink,
  observeRoute,
  observeRouterFlags,
  observeRule,
  replaceAll,
} from './model/observed/tables';
import { faultOf } from './model/trial/trial';
import { absorbAgent } from './stages/agents';
import { awaitDrivers } from './stages/await-drivers';
import { boundRoutes } from './stages/bound-routes';
import { absorbPortalLogin, stepAndCarryOut } from './stages/check-online';
import { settleProposal } from './stages/configure-service';
import { absorbCounts } from './stages/count-traffic';
import { absorbDhcp } from './stages/dhcp';
import { absorbNat64 } from './stages/find-nat64';
import { absorbProxySearch } from './stages/find-proxy';
import { absorbFirewallFound, absorbFirewallRefusal } from './stages/firewall';
import { absorbClock } from './stages/keep-time';
import { absorbBootNames, absorbMulticastNames } from './stages/plan-dns';
import { absorbConfig } from './stages/reconfigure';
import { absorbTechnology } from './stages/technology';
import { absorbDhcpServer, failAllSharing } from './stages/tether';
import { absorbProbe, settleTrial } from './stages/try-change';
import { absorbUplinkCheck, suspect } from './stages/verify-uplinks';
import type { Turn } from './turn';
import { linkStateOf } from './world';

export function absorb(turn: Turn, event: Happening): void {
  const { world } = turn;
  switch (event.kind) {
    case 'kernel-dump':
      for (const link of event.links) followCarrier(turn, link);
      replaceAll(world.observed, event, world.now);
      for (const ifindex of world.namesAwaited) {
        if (!world.observed.links.has(ifindex)) world.namesAwaited.delete(ifindex);
      }
      awaitNames(turn, event.links);
      world.pendingChanges.resynced();
      if (!world.synced) takeUp(turn);
      world.synced = true;
      return;
    case 'kernel':
      for (const fact of event.facts) absorbFact(turn, fact);
      return;
    case 'links-settled':
      for (const [ifindex, deviceType] of event.links) {
        world.settledLinks.set(ifindex, deviceType);
        world.recent.links.add(ifindex);
      }
      return;
    case 'router-routes':
      return boundRoutes(turn, event.ifindex, event.routes);
    case 'change-refused':
      return absorbRefusal(turn, event);
    case 'firewall-found':
      return absorbFirewallFound(turn, event);
    case 'firewall-refused':
      return absorbFirewallRefusal(turn, event);
    case 'dhcp-server':
      return absorbDhcpServer(turn, event.event);
    case 'dhcp':
      for (const one of event.events) absorbDhcp(turn, one);
      return;
    case 'technology':
      return absorbTechnology(turn, event.driver, event.event);
    case 'boot-names':
      return absorbBootNames(turn, event.servers);
    case 'multicast-names':
      return absorbMulticastNames(turn, event.links);
    case 'suspicion':
      return suspect(turn, event);
    case 'traffic-counted':
      return absorbCounts(turn, event.carried, event.isLast);
    case 'proxy-found':
      return absorbProxySearch(turn, event.service, event);
    case 'nat64-found':
      return absorbNat64(turn, event.service, event.servers, event.addresses);
    case 'host-result':
      absorbProbe(turn, event.checkId, event.fault);
      return;
    case 'online-result':
      if (absorbProbe(turn, event.checkId, faultOf(event.outcome))) return;
      if (absorbUplinkCheck(turn, event.checkId, event.outcome)) return;
      return stepAndCarryOut(turn, { kind: 'result', at: world.now, checkId: event.checkId, outcome: event.outcome });
    case 'portal-login-result':
      return absorbPortalLogin(turn, event.login, event.outcome);
    case 'intent':
      return carryOutIntent(turn, event);
    case 'proposal-settled':
      settleTrial(turn, event.service, event.fault);
      return settleProposal(turn, event.service, event.fault);
    case 'agent':
      return absorbAgent(turn, event.input);
    case 'provisions':
      world.provisions.all = event.provisions;
      world.provisions.isFresh = true;
      return;
    case 'configured':
      return absorbConfig(turn, event.config);
    case 'clock':
      return absorbClock(turn, event.fact);
    case 'tick':
      // The stages look at the time themselves.
      return;
    default:
      event satisfies never;
  }
}

function absorbFact(turn: Turn, fact: KernelEvent): void {
  const { world } = turn;
  const { observed } = world;
  world.pendingChanges.shown(factKey(fact));
  switch (fact.kind) {
    case 'link': {
      const { ifindex, up, carrier } = fact.link;
      const before = observed.links.get(ifindex);
      if (before?.up !== up || before.carrier !== carrier) world.pendingChanges.forgive(ifindex);
      followCarrier(turn, fact.link);
      observeLink(observed, fact.link);
      if (before?.carrier && !carrier) turn.lostCarriers.add(ifindex);
      if (before?.carrier === false && carrier) {
        turn.foundCarriers.add(ifindex);
        awaitNames(turn, [fact.link]);
      }
      return;
    }
    case 'link-gone':
      forgetLink(observed, fact.ifindex);
      world.settledLinks.delete(fact.ifindex);
      world.adoptable.delete(fact.ifindex);
      world.namesAwaited.delete(fact.ifindex);
      return;
    case 'address':
      return observeAddress(observed, fact.address, world.now);
    case 'address-gone':
      return forgetAddress(observed, fact.address);
    case 'route':
      if (!observeRoute(observed, fact.route, fact.replaces)) resync(turn);
      return;
    case 'route-gone':
      return forgetRoute(observed, fact.route);
    case 'rule':
      return observeRule(observed, fact.rule);
    case 'rule-gone':
      return forgetRule(observed, fact.rule);
    case 'router-flags':
      return observeRouterFlags(observed, fact.ifindex, fact.flags);
    case 'router-options':
      world.namesAwaited.delete(fact.ifindex);
      return observeAdvertised(observed, fact.ifindex, fact.options, world.now);
  }
}

/** A change that is refused for good, as in a namespace that does not own the link, is told once. */
function absorbRefusal(turn: Turn, { change, reason }: Happening & { kind: 'change-refused' }): void {
  const { pendingChanges, recent, now } = turn.world;
  if (change.kind === 'add-bridge') {
    turn.world.tethering.isBridgeAsked = false;
    return failAllSharing(turn, { ok: false, error: 'NotSupported', reason });
  }
  const isNews = pendingChanges.refused(change, now);
  recent.links.add(linkOf(change));
  turn.log(isNews ? 'warning' : 'debug', `${reason}; trying again`);
}

/** What a former run has left of each link. */
function takeUp(turn: Turn): void {
  const { world } = turn;
  for (const ifindex of world.observed.links.keys()) world.adoptable.add(ifindex);
  awaitDrivers(world);
  for (const [ifindex, mtu] of world.formerMtus) {
    // Another one is an administrator's, or another link's with the same number.
    const isOurs = world.observed.links.get(ifindex)?.mtu === mtu.ours;
    if (isOurs) world.linkStates.set(ifindex, { ...linkStateOf(world, ifindex), mtu });
    else turn.emit({ kind: 'keep-mtu', ifindex });
  }
  world.formerMtus = [];
  for (const { ifindex, name } of world.observed.links.values())
    if (world.formerGenerations.has(generationPath(name)))
      world.linkStates.set(ifindex, { ...linkStateOf(world, ifindex), stableFor: '' });
  world.formerGenerations = new Set();
}

/** A cable that was out may lead to other routers; a card that only begins again has those it had. */
function followCarrier({ world }: Turn, { ifindex, carrier }: LinkFact): void {
  const before = world.observed.links.get(ifindex);
  if (before?.carrier === carrier || isResetting(world.linkStates.get(ifindex), world.now)) return;
  forgetAdvertised(world.observed, ifindex);
}

/** Routers have spoken to these links, or will not without being asked: the kernel asks them once in a link's life. */
function awaitNames({ world: { observed, namesAwaited } }: Turn, links: readonly LinkFact[]): void {
  for (const { ifindex, carrier } of links) {
    if (carrier && !observed.advertised.has(ifindex) && isIpv6Settled(observed, ifindex)) namesAwaited.add(ifindex);
  }
}

/** Once is enough for all that happened in a turn. */
function resync(turn: Turn): void {
  if (!turn.effects.some((effect) => effect.kind === 'resync')) turn.emit({ kind: 'resync' });
}
