/** Real DHCPv6 messages: of dnsmasq, Kea and ISC dhcpd, whole and damaged in every place. */
import type { Duid } from '@connman/inet';
import { leaseFrom } from '../src/v6/lease';
import { decodeMessage, encodeMessage, type Message } from '../src/v6/message';
import { optionCode } from '../src/v6/options';
import { readServerMessage, type ServerMessage } from '../src/v6/reply';
import { frame, frameNames } from './frames';

const duid = '000100012abb0000020000000001' as Duid;
const iaid = 0x01020304;
const wanted = { address: true, prefix: true };

function messageIn(name: string): Message {
  const message = decodeMessage(frame(name, 'frames6'));
  if (!message.ok) throw new Error(message.error.reason);
  return message.value;
}

function serverMessageIn(name: string): ServerMessage {
  const read = readServerMessage(messageIn(name), duid, iaid);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

const configuration = {
  nameservers: ['2001:db8:1::53'],
  searchDomains: ['lab.example', 'example.org'],
  timeservers: ['2001:db8:1::123'],
  captivePortalUrl: '',
};

test.each([
  ['dnsmasq-reply', '2001:db8:1::116', undefined, [1800, 3150], 3600],
  ['kea-reply', '2001:db8:1::100', '2001:db8:4000::', [900, 1440], 1800],
  ['kea-rapid-commit-reply', '2001:db8:1::100', undefined, [900, 1440], 1800],
  ['isc-reply', '2001:db8:1::18f', '2001:db8:4000:ff00::', [900, 1440], 1800],
] as const)('the lease in %s', (name, address, prefix, [t1Seconds, t2Seconds], preferredSeconds) => {
  const message = serverMessageIn(name);
  const lifetimes = { preferredSeconds, validSeconds: 3600 };
  expect(leaseFrom(message, wanted)).toMatchObject({
    addresses: [{ address, ...lifetimes }],
    prefixes: prefix ? [{ prefix: { address: prefix, length: 56 }, ...lifetimes }] : [],
    t1Seconds,
    t2Seconds,
    configuration,
  });
});

test.each([
  ['dnsmasq-stateless-reply', 86_400],
  ['isc-stateless-reply', 3600],
] as const)('the configuration in %s', (name, refreshSeconds) => {
  expect(serverMessageIn(name)).toMatchObject({ configuration, refreshSeconds });
});

test.each([
  ['https://portal.example/api', 'https://portal.example/api'],
  ['javascript:alert(1)', ''],
] as const)('where a captive portal says of itself (option 103, RFC 8910): %s', (uri, captivePortalUrl) => {
  const { options, ...message } = messageIn('dnsmasq-stateless-reply');
  const portal = { code: optionCode.captivePortal, value: Buffer.from(uri) };
  const read = readServerMessage({ ...message, options: [...options, portal] }, duid, iaid);
  expect(read.ok && read.value.configuration).toEqual({ ...configuration, captivePortalUrl });
});

test('a message for another client, or for another association, is not ours', () => {
  const message = messageIn('kea-reply');
  expect(readServerMessage(message, '0003000102000000ffff' as Duid, iaid)).toEqual({
    ok: false,
    error: 'is for another client',
  });
  const other = readServerMessage(message, duid, 7);
  expect(other.ok && leaseFrom(other.value, wanted)).toBeUndefined();
});

describe.each(frameNames('frames6'))('%s', (name) => {
  const bytes = frame(name, 'frames6');

  test('encodes to the same bytes again', () => {
    const message = messageIn(name);
    expect(message.type).toBe(name.split('-').at(-1));
    expect(encodeMessage(message)).toEqual(bytes);
  });

  test('cut short anywhere it is refused, or read up to an option’s end', () => {
    for (let length = 0; length < bytes.length; length++) {
      const message = decodeMessage(bytes.slice(0, length));
      if (message.ok) expect(encodeMessage(message.value)).toEqual(bytes.slice(0, length));
      else expect(message.error.reason).not.toBe('');
      makesSense(bytes.slice(0, length));
    }
  });

  test('with any one byte changed it is refused, or a lease that makes sense is read', () => {
    for (let at = 0; at < bytes.length; at++)
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        makesSense(damaged);
      }
  });
});

function makesSense(bytes: Uint8Array): void {
  const message = decodeMessage(bytes);
  const read = message.ok ? readServerMessage(message.value, duid, iaid) : undefined;
  if (!read?.ok) return;
  const { configuration: read6 } = read.value;
  const fail = (what: string) => {
    throw new Error(`${what} from ${Buffer.from(bytes).toString('hex')}`);
  };
  if (!/^[\w.-]*$/.test(read6.searchDomains.join(''))) fail(`senseless domains ${read6.searchDomains}`);
  if (read6.nameservers.some((address) => /^(::1?|ff.*)$/.test(address))) fail('senseless name server');
  const lease = leaseFrom(read.value, wanted);
  if (!lease) return;
  if (!(lease.t1Seconds >= 5 && lease.t1Seconds <= lease.t2Seconds))
    fail(`T1 ${lease.t1Seconds}, T2 ${lease.t2Seconds}`);
  for (const one of [...lease.addresses, ...lease.prefixes])
    if (one.validSeconds < 10 || one.preferredSeconds > one.validSeconds) fail('senseless lifetimes');
  for (const { address } of lease.addresses) if (/^(::1?|ff.*|fe[89ab].:.*)$/.test(address)) fail(`address ${address}`);
}
