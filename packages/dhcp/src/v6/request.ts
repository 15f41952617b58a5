/** What the client machine wants to send, as bytes: the message with who we are and what we ask for (RFC 8415 section 18.2). */
import type { Dhcp6Lease, Dhcp6Request } from '@connman/contracts';
import type { Outgoing } from './client-state';
import { encodeIaNa, encodeIaPd } from './identity-association';
import { encodeMessage, type RawOption } from './message';
import { optionCode, write } from './options';

const configurationOptions = [
  optionCode.dnsServers,
  optionCode.domainList,
  optionCode.sntpServers,
  optionCode.ntpServer,
  optionCode.captivePortal,
] as const;

export function encodeOutgoing(message: Outgoing, request: Dhcp6Request): Uint8Array {
  const { type, xid, elapsedMs, server } = message;
  const options: RawOption[] = [write.duid(optionCode.clientId, request.duid)];
  if (server) options.push(write.duid(optionCode.serverId, server));
  options.push(write.uint16(optionCode.elapsedTime, Math.min(0xffff, Math.floor(elapsedMs / 10))));
  if (type === 'information-request') options.push(oro(optionCode.informationRefreshTime, optionCode.infMaxRt));
  else options.push(...associations(message, request));
  if (type === 'solicit') options.push(write.empty(optionCode.rapidCommit));
  if (type === 'solicit' || type === 'request' || type === 'renew' || type === 'rebind') {
    options.push(oro(optionCode.solMaxRt));
    if (request.hostname !== '') options.push(write.fqdn(request.hostname));
  }
  return encodeMessage({ type, xid, options });
}

function oro(...more: readonly number[]): RawOption {
  return write.codes([...configurationOptions, ...more]);
}

/** Messages that ask say all that is wanted; Confirm, Release and Decline are about what is held alone. */
function associations({ type, lease }: Outgoing, { iaid, address, prefixLength }: Dhcp6Request): RawOption[] {
  const asks = type === 'solicit' || type === 'request' || type === 'renew' || type === 'rebind';
  const options: RawOption[] = [];
  const addresses = lease?.addresses ?? [];
  if ((asks && address) || addresses.length > 0) options.push(encodeIaNa(iaid, addresses.map(withoutTimes)));
  const prefixes = type === 'confirm' || type === 'decline' ? [] : prefixesOf(lease, asks ? prefixLength : undefined);
  if ((asks && prefixLength !== undefined) || prefixes.length > 0)
    options.push(encodeIaPd(iaid, prefixes.map(withoutTimes)));
  return options;
}

/** A prefix of :: with a length is a wish for that length (section 18.2.1). */
function prefixesOf(lease: Dhcp6Lease | undefined, wish: number | undefined): Dhcp6Lease['prefixes'] {
  if (lease && lease.prefixes.length > 0) return lease.prefixes;
  if (!wish) return [];
  return [{ prefix: { address: '::' as never, length: wish }, preferredSeconds: 0, validSeconds: 0 }];
}

/** Lifetimes are the server's to say (section 18.2.4). */
function withoutTimes<B extends object>(binding: B): B & { preferredSeconds: number; validSeconds: number } {
  return { ...binding, preferredSeconds: 0, validSeconds: 0 };
}
