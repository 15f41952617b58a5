/** The beginning of a turn: what happened is written into the world, before any stage looks at it. */
import type { KernelEvent } from '@connman/netlink';
import type { Happening } from './events';
import { carryOutIntent } from './intent';
import { factKey } from './ipconfig/plan';
import {
  forgetAddress,
  forgetLink,
  forgetRoute,
  observeAddress,
  observeLink,
  observeRoute,
  replaceAll,
} from './observed/tables';
import { stepAndCarryOut } from './service/check-online';
import { absorbDhcp } from './service/dhcp';
import { connect } from './service/lifecycle';
import type { Turn } from './turn';

export function absorb(turn: Turn, event: Happening): void {
  const { world } = turn;
  switch (event.kind) {
    case 'kernel-dump':
      replaceAll(world.observed, event, world.now);
      world.pendingChanges.resynced();
      if (!world.synced) for (const ifindex of world.observed.links.keys()) world.adoptable.add(ifindex);
      world.synced = true;
      return;
    case 'kernel':
      for (const fact of event.facts) absorbFact(turn, fact);
      return;
    case 'links-settled':
      for (const [ifindex, deviceType] of event.links) world.settledLinks.set(ifindex, deviceType);
      return;
    case 'change-refused':
      world.pendingChanges.refused(event.change, world.now);
      turn.log('warning', `${event.reason}; trying again`);
      return;
    case 'dhcp':
      return absorbDhcp(turn, event.event);
    case 'online-result':
      return stepAndCarryOut(turn, { kind: 'result', at: world.now, checkId: event.checkId, outcome: event.outcome });
    case 'intent':
      return carryOutIntent(turn, event.operation, event.intent);
    case 'retry': {
      const service = world.services.get(event.service);
      if (service && !service.connection) connect(turn, service, 'user', []);
      return;
    }
    case 'portal-visited':
      for (const family of [4, 6] as const) {
        stepAndCarryOut(turn, { kind: 'restart', at: world.now, serviceId: event.service, family });
      }
      return;
    case 'portal-refused': {
      const service = world.services.get(event.service);
      if (service?.connection) turn.put({ ...service, connection: { ...service.connection, portalRefused: true } });
      return;
    }
    case 'tick':
      // The stages look at the time themselves.
      return;
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
      observeLink(observed, fact.link);
      if (before?.carrier && !carrier) turn.lostCarriers.add(ifindex);
      if (before?.carrier === false && carrier) turn.foundCarriers.add(ifindex);
      return;
    }
    case 'link-gone':
      forgetLink(observed, fact.ifindex);
      world.settledLinks.delete(fact.ifindex);
      world.adoptable.delete(fact.ifindex);
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
  }
}

/** Once is enough for all that happened in a turn. */
function resync(turn: Turn): void {
  if (!turn.effects.some((effect) => effect.kind === 'resync')) turn.emit({ kind: 'resync' });
}
