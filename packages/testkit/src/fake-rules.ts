/** Policy routing rules as a kernel keeps them: in the order in which they count, without the kernel's own. */
import { contains, familyOf, type IpAddress } from '@connman/inet';
import type { RouteFact, RuleFact, RuleSpecification } from '@connman/netlink';
import type { FakeRoutes } from './fake-routes';

export class FakeRules {
  private rules: RuleFact[] = [];

  all(): readonly RuleFact[] {
    return this.rules;
  }

  /** RTM_NEWRULE with NLM_F_EXCL; undefined if it exists. */
  add(wanted: RuleSpecification): RuleFact | undefined {
    if (this.rules.some((other) => isSameRule(other, wanted))) return undefined;
    const rule = { action: 1, fwmark: 0, inputInterface: '', outputInterface: '', protocol: 0, ...wanted };
    const at = this.rules.findIndex((other) => other.priority > rule.priority);
    this.rules.splice(at < 0 ? this.rules.length : at, 0, rule);
    return rule;
  }

  /** RTM_DELRULE; undefined if there is none. */
  remove(wanted: RuleSpecification): RuleFact | undefined {
    const rule = this.rules.find((other) => isSameRule(other, wanted));
    this.rules = this.rules.filter((other) => other !== rule);
    return rule;
  }

  /** The way by the first rule that has one. */
  lookup(
    routes: FakeRoutes,
    source: IpAddress | undefined,
    destination: IpAddress,
    uid: number,
  ): RouteFact | undefined {
    for (const rule of this.rules) {
      if (rule.family !== familyOf(destination)) continue;
      if (rule.source && !(source && contains(rule.source, source))) continue;
      if (rule.users && (uid < rule.users.from || uid > rule.users.to)) continue;
      if (rule.destination && !contains(rule.destination, destination)) continue;
      const way = routes.lookup(destination, undefined, rule.table);
      if (way && way.destination.length > (rule.suppressPrefixLength ?? -1)) return way;
    }
    return undefined;
  }
}

function isSameRule(a: RuleSpecification, b: RuleSpecification): boolean {
  const keyOf = ({ family, priority, table, source, destination, suppressPrefixLength, users }: RuleSpecification) =>
    JSON.stringify([family, priority, table, source, destination, suppressPrefixLength, users]);
  return keyOf(a) === keyOf(b);
}
