import { lineLogger } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { DnsLink } from '../../model/resolver/dns-plan';
import { ClearTextWarning } from './clear-text-warning';

const link = (interfaceName: string, tls: DnsLink['tls'], ...nameservers: string[]): DnsLink => ({
  ifindex: 2,
  interfaceName,
  serviceId: 'ethernet_1',
  nameservers: nameservers.map((text) => parseIp(text) as IpAddress),
  tls,
  domains: [],
  reverseZones: [],
  isDefault: false,
});

function rig() {
  const lines: string[] = [];
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: false, prefix: '' });
  const warning = new ClearTextWarning(log);
  const say = (...links: DnsLink[]) => {
    lines.length = 0;
    warning.say(
      { links, listen: [], hosts: [], bootNameservers: [], fallbackNameservers: [], fallbackTls: 'off' },
      'do this',
    );
    return lines.map((line) => line.trimEnd());
  };
  return { warning, say };
}

test('links in the clear, or without servers, are nothing to warn of', () => {
  expect(rig().say(link('eth0', 'off', '192.0.2.1'), link('eth1', 'strict'))).toEqual([]);
});

test('each link is named once with what becomes of it and what to do, and again when it was away or changed', () => {
  const { warning, say } = rig();
  const [strict, maybe] = [link('eth0', 'strict', '192.0.2.1'), link('eth1', 'opportunistic', '192.0.2.2')];
  const leftOut = expect.stringMatching(/^eth0: DNSOverTLS=strict: its name servers are left out of .*; do this$/);
  const clear = expect.stringMatching(
    /^eth1: DNSOverTLS=opportunistic: its name servers are asked in the clear .*; do this$/,
  );
  expect(say(strict, maybe)).toEqual([leftOut, clear]);
  expect(say(maybe, strict)).toEqual([]);
  expect(say(maybe)).toEqual([]);
  expect(say(strict, maybe)).toEqual([leftOut]);
  warning.over();
  expect(say(strict, maybe)).toEqual([leftOut, clear]);
});
