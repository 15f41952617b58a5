/** What a server said, as the client machine hears it: Advertise and Reply with what concerns this client, put in order. */
import { err, ok, type Result } from '@connman/base';
import type { Dhcp6Address, Dhcp6Configuration, Dhcp6Prefix } from '@connman/contracts';
import type { Duid } from '@connman/inet';
import { type Association, decodeIaNa, decodeIaPd } from './identity-association';
import { decodeOptions, type Message, type RawOption } from './message';
import {
  addressesIn,
  allOf,
  duidOf,
  firstOf,
  namesIn,
  ntpServersIn,
  optionCode,
  type Status,
  statusOf,
  uint8Of,
  uint32Of,
  urlIn,
} from './options';

/** More than any resolver or clock asks; the rest of a longer list is left out. */
const mostServers = 16;
/** SOL_MAX_RT and INF_MAX_RT outside these are ignored (sections 21.24 and 21.25). */
const leastMaxRt = 60;
const mostMaxRt = 86_400;

export interface ServerMessage {
  readonly type: 'advertise' | 'reply';
  readonly xid: number;
  readonly server: Duid;
  /** 0 to 255. */
  readonly preference: number;
  readonly rapidCommit: boolean;
  readonly status: Status;
  /** The association with the client's IAID, if the message has it. */
  readonly addresses?: Association<Dhcp6Address> | undefined;
  readonly prefixes?: Association<Dhcp6Prefix> | undefined;
  readonly configuration: Dhcp6Configuration;
  /** Seconds, as far as the message says them. */
  readonly solMaxRt?: number | undefined;
  readonly infMaxRt?: number | undefined;
  readonly refreshSeconds?: number | undefined;
}

/** The error says why the message is of no use to the client (section 16). */
export function readServerMessage(message: Message, duid: Duid, iaid: number): Result<ServerMessage, string> {
  const { type, xid, options } = message;
  if (type !== 'advertise' && type !== 'reply') return err(`is a ${type}, which clients do not act on`);
  const server = duidOf(options, optionCode.serverId);
  if (!server) return err('names no server (option 2)');
  const client = duidOf(options, optionCode.clientId);
  if (client !== duid) return err(client ? 'is for another client' : 'names no client (option 1)');
  const own = <T>(code: number, decode: (value: Uint8Array) => Association<T> | undefined) =>
    allOf(options, code)
      .map(decode)
      .find((association) => association?.iaid === iaid);
  return ok({
    type,
    xid,
    server,
    preference: uint8Of(options, optionCode.preference) ?? 0,
    rapidCommit: firstOf(options, optionCode.rapidCommit) !== undefined,
    status: statusOf(options),
    addresses: own(optionCode.iaNa, decodeIaNa),
    prefixes: own(optionCode.iaPd, decodeIaPd),
    configuration: readConfiguration(options),
    solMaxRt: maxRt(uint32Of(options, optionCode.solMaxRt)),
    infMaxRt: maxRt(uint32Of(options, optionCode.infMaxRt)),
    refreshSeconds: uint32Of(options, optionCode.informationRefreshTime),
  });
}

function maxRt(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds >= leastMaxRt && seconds <= mostMaxRt ? seconds : undefined;
}

function readConfiguration(options: readonly RawOption[]): Dhcp6Configuration {
  const addresses = (code: number) =>
    allOf(options, code)
      .flatMap(addressesIn)
      .filter((address) => address !== '::' && address !== '::1' && !address.startsWith('ff'));
  const ntp = allOf(options, optionCode.ntpServer).flatMap((value) => {
    const suboptions = decodeOptions(value);
    return suboptions.ok ? ntpServersIn(suboptions.value) : [];
  });
  const portal = firstOf(options, optionCode.captivePortal);
  return {
    nameservers: distinct(addresses(optionCode.dnsServers)),
    searchDomains: distinct(allOf(options, optionCode.domainList).flatMap(namesIn)),
    timeservers: distinct([...ntp, ...addresses(optionCode.sntpServers)]),
    captivePortalUrl: (portal && urlIn(portal)) ?? '',
  };
}

function distinct<T>(list: readonly T[]): T[] {
  return [...new Set(list)].slice(0, mostServers);
}
