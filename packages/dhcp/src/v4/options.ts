/** The options this package knows, as a table: code, name, shape and where it is specified. */
import { domainSearch } from './domain-search';
import * as codec from './option-codecs';

export interface OptionDefinition<T> {
  readonly code: number;
  readonly name: string;
  readonly codec: codec.OptionCodec<T>;
  readonly rfc: string;
}

function row<T>(code: number, name: string, shape: codec.OptionCodec<T>, rfc: string): OptionDefinition<T> {
  return { code, name, codec: shape, rfc };
}

export const option = {
  subnetMask: row(1, 'subnet mask', codec.address, 'RFC 2132 section 3.3'),
  router: row(3, 'router', codec.addresses, 'RFC 2132 section 3.5'),
  domainNameServer: row(6, 'domain name server', codec.addresses, 'RFC 2132 section 3.8'),
  hostName: row(12, 'host name', codec.text, 'RFC 2132 section 3.14'),
  domainName: row(15, 'domain name', codec.text, 'RFC 2132 section 3.17'),
  interfaceMtu: row(26, 'interface MTU', codec.uint16, 'RFC 2132 section 5.1'),
  ntpServers: row(42, 'NTP servers', codec.addresses, 'RFC 2132 section 8.3'),
  vendorSpecific: row(43, 'vendor-specific information', codec.text, 'RFC 2132 section 8.4'),
  requestedAddress: row(50, 'requested IP address', codec.address, 'RFC 2132 section 9.1'),
  leaseTime: row(51, 'IP address lease time', codec.uint32, 'RFC 2132 section 9.2'),
  messageType: row(53, 'DHCP message type', codec.uint8, 'RFC 2132 section 9.6'),
  serverIdentifier: row(54, 'server identifier', codec.address, 'RFC 2132 section 9.7'),
  parameterRequestList: row(55, 'parameter request list', codec.bytes, 'RFC 2132 section 9.8'),
  message: row(56, 'message', codec.text, 'RFC 2132 section 9.9'),
  maximumMessageSize: row(57, 'maximum DHCP message size', codec.uint16, 'RFC 2132 section 9.10'),
  renewalTime: row(58, 'renewal (T1) time', codec.uint32, 'RFC 2132 section 9.11'),
  rebindingTime: row(59, 'rebinding (T2) time', codec.uint32, 'RFC 2132 section 9.12'),
  vendorClass: row(60, 'vendor class identifier', codec.text, 'RFC 2132 section 9.13'),
  clientIdentifier: row(61, 'client identifier', codec.bytes, 'RFC 2132 section 9.14'),
  rapidCommit: row(80, 'rapid commit', codec.presence, 'RFC 4039 section 4'),
  captivePortal: row(114, 'captive portal', codec.text, 'RFC 8910 section 2.1'),
  domainSearch: row(119, 'domain search', domainSearch, 'RFC 3397 section 2'),
  classlessRoutes: row(121, 'classless static route', codec.classlessRoutes, 'RFC 3442'),
  proxyAutoConfig: row(252, 'web proxy auto-discovery', codec.text, 'draft-ietf-wrec-wpad-01 section 4.4.1'),
} as const;

/** The values of option 53 (RFC 2132 section 9.6). */
export const messageTypes = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'] as const;
export type MessageType = (typeof messageTypes)[number];

/**
 * What the client asks servers for (option 55). The classless routes stand before the router, as RFC 3442 wants it, so that
 * a server short of room leaves out the one that is then ignored anyway.
 */
export const requestedOptions: readonly number[] = [
  option.subnetMask,
  option.classlessRoutes,
  option.router,
  option.domainNameServer,
  option.hostName,
  option.domainName,
  option.interfaceMtu,
  option.ntpServers,
  option.vendorSpecific,
  option.renewalTime,
  option.rebindingTime,
  option.captivePortal,
  option.domainSearch,
  option.proxyAutoConfig,
].map(({ code }) => code);

type Options = ReadonlyMap<number, Uint8Array>;

/** The option's value, or undefined: not there, or not of its shape; `onMalformed` is told the name of the latter. */
export function readOption<T>(
  options: Options,
  definition: OptionDefinition<T>,
  onMalformed: (name: string) => void = () => {},
): T | undefined {
  const raw = options.get(definition.code);
  if (raw === undefined) return undefined;
  const value = definition.codec.decode(raw);
  if (value === undefined) onMalformed(definition.name);
  return value;
}

/** Builds the options of a message in the order they are added. */
export class OptionWriter {
  readonly options = new Map<number, Uint8Array>();

  add<T>(definition: OptionDefinition<T>, value: T): this {
    this.options.set(definition.code, definition.codec.encode(value));
    return this;
  }
}

export function messageTypeOf(options: Options): MessageType | undefined {
  const value = readOption(options, option.messageType);
  return value === undefined ? undefined : messageTypes[value - 1];
}

export function messageTypeCode(type: MessageType): number {
  return messageTypes.indexOf(type) + 1;
}
