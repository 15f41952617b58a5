/** What names an address, a route and a rule, and what marks them as ours in the kernel. */
import { type Family, formatPrefix, type IpAddress, type Prefix } from '@connman/inet';

/**
 * The routing protocol number (RTPROT_, IFA_PROTO) that marks what is ours in the kernel, so that another run of the
 * daemon knows it again and no one else's is ever touched. Unassigned in rtnetlink.h and in iproute2's rt_protos.
 */
export const ownProtocol = 109;

export const mainTable = 254;

export function addressKey(address: { ifindex: number; address: string; prefixLength: number }): string {
  return `${address.ifindex} ${address.address}/${address.prefixLength}`;
}

/** Links have tables of their own above this number, by their ifindex (ADR 20). */
const ownTables = 109_000_000;
const mostLinks = 100_000_000;

export const tableOfLink = (ifindex: number): number => ownTables + ifindex;

/** Undefined for a table that is not a link's own. */
export function linkOfTable(table: number): number | undefined {
  return table > ownTables && table < ownTables + mostLinks ? table - ownTables : undefined;
}

/**
 * Our policy routing rules: behind those that other programs set with a priority of their own, and before those of the main table
 * (32766). Rules that are set without a priority come before ours as long as these exist.
 */
const ownPriorities = { first: 32500, last: 32599 };

export const rulePriorities = {
  /** The own network of a link that another link has, too. */
  sharedNetwork: 32510,
  /** Whatever of the main table is not a default route. */
  narrowRoutes: 32511,
  /** The link's own table. */
  ownTable: 32512,
  /** The same two for the sockets of a user that have no address yet. */
  narrowRoutesOfUser: 32521,
  tableOfUser: 32522,
};

export const isOwnPriority = (priority: number): boolean =>
  priority >= ownPriorities.first && priority <= ownPriorities.last;

/** What makes a route a different route: table, destination, metric, way. */
export function routeKey(route: {
  ifindex: number;
  destination: Prefix;
  gateway?: IpAddress;
  metric: number;
  table?: number;
}): string {
  const { table = mainTable } = route;
  const place = table === mainTable ? '' : `table ${table} `;
  return `${place}${route.ifindex} ${route.destination.address}/${route.destination.length} via ${route.gateway ?? 'link'} metric ${route.metric}`;
}

/** Names a policy routing rule by all that it matches. */
export function ruleKey(rule: {
  readonly family: Family;
  readonly priority: number;
  readonly table: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly suppressPrefixLength?: number;
  readonly users?: { readonly from: number; readonly to: number };
}): string {
  const { family, priority, table, source, destination, suppressPrefixLength, users } = rule;
  const from = source ? ` from ${formatPrefix(source)}` : '';
  const to = destination ? ` to ${formatPrefix(destination)}` : '';
  const suppressed = suppressPrefixLength === undefined ? '' : ` suppress ${suppressPrefixLength}`;
  const of = users ? ` of users ${users.from}-${users.to}` : '';
  return `IPv${family} ${priority}${from}${to}${of} table ${table}${suppressed}`;
}
