/** A multicast message of rtnetlink as a KernelEvent. */
import { type DecodeError, ok, type Result } from '@connman/base';
import { decodeAddress, RTM_DELADDR, RTM_NEWADDR } from './address';
import type { KernelEvent } from './facts';
import { decodeLink, decodeRouterFlags, RTM_DELLINK, RTM_NEWLINK } from './link';
import { decodeRoute, type RouteFilter, RTM_DELROUTE, RTM_NEWROUTE } from './route';
import { decodeRouterOptions, RTM_NEWNDUSEROPT } from './router-options';
import { decodeRule, RTM_DELRULE, RTM_NEWRULE, type RuleFilter } from './rule';
import { type MessageReader, NLM_F_REPLACE } from './wire';

/** The event the message tells; undefined if it is none of ours, or a route or a rule its filter does not want. */
export function decodeEvent(
  message: MessageReader,
  interestedInRoute?: RouteFilter,
  interestedInRule?: RuleFilter,
): Result<KernelEvent | undefined, DecodeError> {
  const { bytes, type, start, end } = message;
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const router = type === RTM_NEWLINK ? decodeRouterFlags(bytes, start, end) : undefined;
      if (router) return ok({ kind: 'router-flags', ...router });
      const link = decodeLink(bytes, start, end);
      if (!link.ok || !link.value) return link as Result<undefined, DecodeError>;
      if (type === RTM_NEWLINK) return ok({ kind: 'link', link: link.value });
      return ok({ kind: 'link-gone', ifindex: link.value.ifindex, name: link.value.name });
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const address = decodeAddress(bytes, start, end);
      if (!address.ok || !address.value) return address as Result<undefined, DecodeError>;
      return ok({ kind: type === RTM_NEWADDR ? 'address' : 'address-gone', address: address.value });
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      const route = decodeRoute(bytes, start, end, interestedInRoute);
      if (!route.ok || !route.value) return route as Result<undefined, DecodeError>;
      if (type === RTM_DELROUTE) return ok({ kind: 'route-gone', route: route.value });
      return ok({ kind: 'route', route: route.value, replaces: (message.flags & NLM_F_REPLACE) !== 0 });
    }
    case RTM_NEWRULE:
    case RTM_DELRULE: {
      const rule = decodeRule(bytes, start, end);
      if (!rule.ok || !rule.value) return rule as Result<undefined, DecodeError>;
      if (interestedInRule && !interestedInRule(rule.value)) return ok(undefined);
      return ok({ kind: type === RTM_NEWRULE ? 'rule' : 'rule-gone', rule: rule.value });
    }
    case RTM_NEWNDUSEROPT: {
      const advertised = decodeRouterOptions(bytes, start, end);
      if (!advertised.ok || !advertised.value) return advertised as Result<undefined, DecodeError>;
      return ok({ kind: 'router-options', ...advertised.value });
    }
    default:
      return ok(undefined);
  }
}
