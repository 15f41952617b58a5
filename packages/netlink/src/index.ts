/** rtnetlink: the kernel's links, addresses, routes, rules and neighbours as values, and the socket they travel by. */
export { type AddressSpecification, addAddress, putAddress, removeAddress } from './address';
export { Exchange } from './exchange';
export * from './facts';
export { GENERIC_HEADER_BYTES, GenericSocket, genericBody } from './generic';
export { isProtectedByIpsec } from './ipsec';
export type * as iptables from './iptables';
export { addBridge, addLink, type LinkSettings, removeLink, setLink } from './link';
export { isUnresolved, removeNeighbour } from './neighbour';
export { type Neighbour6, NeighbourWatch, type NeighbourWatchOptions } from './neighbour-watch';
export type { TrafficCount } from './nft-counts';
export * from './nftables';
export type { ChangeRequest, DumpRequest } from './request';
export {
  addRoute,
  appendRoute,
  type RouteDumpFilter,
  type RouteFilter,
  type RouteHeader,
  type RouteSpecification,
  removeRoute,
  replaceRoute,
} from './route';
export * from './route-socket';
export { addRule, type RuleFilter, type RuleSpecification, removeRule } from './rule';
export { TcpDiagnosis, type TcpSocketFact } from './tcp-diagnosis';
export { AttributeReader, MessageReader } from './wire';
export * from './wireguard';
