/** Events and effects of the engine in a few words each, for people who read a trace or a conversation. */
import type { Dhcp6Lease, SecretRef, TechnologyCommand, TechnologyEvent } from '@connman/contracts';
import { formatPrefix } from '@connman/inet';
import type { KernelEvent, RouterOption } from '@connman/netlink';
import type { Effect } from '../effects';
import type { Happening } from '../events';
import type { AgentCommand } from '../model/agent/agent-registry';
import type { ClockCommand } from '../model/clock/clock';
import type { DesiredRoute, DesiredRule } from '../model/ipconfig/desired';
import type { Change } from '../model/ipconfig/plan';
import { linkOfTable, mainTable, ruleKey } from '../model/observed/keys';
import type { DnsLink } from '../model/resolver/dns-plan';

/** The name of a link, however it is known. */
export type NameOf = (ifindex: number) => string;

export function eventInWords(event: Happening, nameOf: NameOf): string {
  switch (event.kind) {
    case 'kernel':
      return `kernel: ${event.facts.map((fact) => factInWords(fact, nameOf)).join(', ')}`;
    case 'kernel-dump':
      return `kernel-dump of ${event.links.length} links, ${event.addresses.length} addresses, ${event.routes.length} routes`;
    case 'links-settled':
      return `links-settled ${event.links.map(([ifindex]) => nameOf(ifindex)).join(' ')}`;
    case 'firewall-refused':
      return `firewall-refused ${event.table}: ${event.reason}`;
    case 'router-routes':
      return `router-routes ${nameOf(event.ifindex)}: ${event.routes.length}`;
    case 'change-refused':
      return `change-refused ${event.reason}`;
    case 'dhcp':
      return `dhcp ${event.events.map(({ ifindex, kind }) => `${nameOf(ifindex)} ${kind}`).join(', ')}`;
    case 'online-result':
      return `online-result ${event.outcome.kind}${event.outcome.kind === 'failure' ? ` (${event.outcome.reason})` : ''}`;
    case 'intent': {
      const { intent } = event;
      const setting = intent.kind === 'configure' ? ` ${intent.setting.name}` : '';
      return `intent ${event.operation} ${intent.kind}${setting}${'service' in intent ? ` ${intent.service}` : ''}`;
    }
    case 'proposal-settled':
      return `proposal-settled ${event.service}${event.fault === undefined ? '' : ` (${event.fault})`}`;
    case 'technology':
      return `technology ${event.driver} ${technologyEventInWords(event.event)}`;
    case 'traffic-counted':
      return `traffic-counted ${event.carried.map(([id, bytes]) => `${id} ${bytes}`).join(', ')}`;
    case 'clock':
      return `clock ${event.fact.kind}${event.fact.kind === 'ntp' ? ` ${event.fact.event.kind}` : ''}`;
    default:
      return event.kind;
  }
}

function factInWords(fact: KernelEvent, nameOf: NameOf): string {
  switch (fact.kind) {
    case 'link':
      return `${fact.link.name} ${fact.link.up ? 'up' : 'down'}${fact.link.carrier ? ' with carrier' : ''}`;
    case 'link-gone':
      return `${fact.name} gone`;
    case 'address':
    case 'address-gone': {
      const { ifindex, address, prefixLength } = fact.address;
      return `${fact.kind} ${nameOf(ifindex)} ${address}/${prefixLength}`;
    }
    case 'route':
    case 'route-gone': {
      const replaces = fact.kind === 'route' && fact.replaces ? ' replacing another' : '';
      return `${fact.kind} ${routeInWords(fact.route, nameOf)}${replaces}`;
    }
    case 'rule':
    case 'rule-gone':
      return `${fact.kind} ${ruleKey(fact.rule)}`;
    case 'router-flags':
      return `router-flags ${nameOf(fact.ifindex)}${fact.flags?.managed ? ' M' : ''}${fact.flags?.other ? ' O' : ''}`;
    case 'router-options':
      return `router-options ${nameOf(fact.ifindex)} ${fact.options.map(optionInWords).join(', ')}`;
  }
}

function technologyEventInWords(event: TechnologyEvent<SecretRef>): string {
  switch (event.kind) {
    case 'device':
      return `device ${event.device.id}${event.device.powered ? '' : ' without power'}`;
    case 'networks': {
      const changed = event.changed.map(({ id, link }) => `${id} ${link.kind}`);
      return ['networks', ...changed, ...event.gone.map((id) => `${id} gone`)].join(' ');
    }
    case 'failed':
      return `failed ${event.network} ${event.error}`;
    default:
      return [event.kind, 'device' in event ? event.device : 'network' in event ? event.network : ''].join(' ').trim();
  }
}

function commandInWords(command: TechnologyCommand<SecretRef>): string {
  switch (command.kind) {
    case 'scan': {
      const { device, frequencies, ssids } = command;
      return ['scan', device, ...frequencies.map((mhz) => `${mhz} MHz`), ...ssids].join(' ');
    }
    case 'set-powered':
      return `${command.powered ? 'power on' : 'power off'} ${command.device}`;
    case 'set-country':
      return `set-country ${command.country}`;
    default:
      return `${command.kind} ${'network' in command ? command.network : command.device}`;
  }
}

function optionInWords(option: RouterOption): string {
  if (option.kind === 'captive-portal') return `captive-portal ${option.uri}`;
  if (option.kind === 'nat64') return `nat64 ${formatPrefix(option.prefix)} for ${option.lifetimeSeconds} s`;
  const values = option.kind === 'nameservers' ? option.addresses : option.domains;
  return `${option.kind} ${values.join(' ')} for ${option.lifetimeSeconds} s`;
}

export function effectInWords(effect: Effect, nameOf: NameOf, now: number): string {
  switch (effect.kind) {
    case 'change':
      return changeInWords(effect.change, nameOf, now);
    case 'resync':
      return 'resync';
    case 'sysctl':
      return `sysctl ${effect.path} ${effect.value}`;
    case 'sysctl-borrow':
      return `sysctl-borrow ${effect.path} ${effect.value} instead of ${effect.instead}`;
    case 'stable-addresses':
      return `stable-addresses ${effect.interfaceName} of ${effect.service}`;
    case 'keep-mtu':
      return `keep-mtu ${nameOf(effect.ifindex)}${effect.mtu ? ` ${effect.mtu.ours} instead of ${effect.mtu.before}` : ''}`;
    case 'sysctl-restore':
      return `sysctl-restore ${effect.path}`;
    case 'deprecate-address':
      return `deprecate-address ${nameOf(effect.address.ifindex)} ${effect.address.address}`;
    case 'solicit-router':
      return `solicit-router ${effect.interfaceName}`;
    case 'dhcp-start': {
      const { interfaceName } = effect.request;
      if (effect.request.family === 6) return `dhcp-start ${interfaceName} IPv6 ${effect.request.mode}`;
      const { held, lastAddress } = effect.request;
      if (held) return `dhcp-start ${interfaceName} holding ${held.lease.address}`;
      return `dhcp-start ${interfaceName}${lastAddress ? ` asking for ${lastAddress}` : ''}`;
    }
    case 'dhcp-decline':
      return `dhcp-decline ${nameOf(effect.ifindex)} ${effect.address}`;
    case 'dhcp-server-start':
      return `dhcp-server-start ${effect.request.interfaceName} ${effect.request.address}/${effect.request.prefixLength}`;
    case 'dhcp-server-stop':
      return `dhcp-server-stop ${nameOf(effect.ifindex)}`;
    case 'advertise': {
      const { interfaceName, prefixes, isDefaultRouter } = effect.request;
      const [current, ...former] = prefixes.map(({ prefix }) => prefix);
      const over = former.length > 0 ? `, no longer ${former.join(' ')}` : '';
      return `advertise ${interfaceName} ${current}${isDefaultRouter ? '' : ' without a way out'}${over}`;
    }
    case 'advertise-stop':
      return `advertise-stop ${nameOf(effect.ifindex)}`;
    case 'keep-unique-local':
      return `keep-unique-local ${effect.prefix}`;
    case 'portal':
      return `portal ${effect.view ? `${effect.view.address} ${effect.view.joining ?? effect.view.failure}` : 'none'}`;
    case 'keep-tethering':
      return `keep-tethering ${effect.kept?.shared.map(({ type }) => type).join(' ') ?? 'none'}`;
    case 'keep-lease':
      return `keep-lease ${effect.family === 4 ? effect.kept.lease.address : addressesOf(effect.kept.lease)}`;
    case 'drop-lease':
      return `drop-lease of ${effect.service}${effect.family === 6 ? ' IPv6' : ''}`;
    case 'technology':
      return `${effect.driver} ${commandInWords(effect.command)}`;
    case 'dhcp-renew':
      return `dhcp-renew ${nameOf(effect.ifindex)}${effect.family === 6 ? ' IPv6' : ''}`;
    case 'dhcp-stop':
      return `dhcp-stop ${nameOf(effect.ifindex)}${effect.family === 6 ? ' IPv6' : ''}${effect.release ? ' with release' : ''}`;
    case 'firewall':
      return `firewall ${effect.table} ${effect.chains.length === 0 ? 'gone' : effect.chains.map(({ name }) => name).join(' ')}`;
    case 'online-check':
      return `check ${effect.request.interfaceName} IPv${effect.request.family}`;
    case 'nat64-search':
      return `nat64-search ${effect.request.interfaceName} ${effect.request.nameservers.join(' ')}`;
    case 'proxy-search':
      return `proxy-search ${effect.request.interfaceName} ${effect.request.hosts.join(' ')}`;
    case 'host-check':
      return `check ${effect.request.interfaceName} ${effect.request.address} port ${effect.request.port}`;
    case 'online-cancel':
      return 'check cancelled';
    case 'portal-login':
      return `portal-login ${effect.login.service} at ${new URL(effect.login.form.url).host}`;
    case 'count-traffic':
      return 'count-traffic';
    case 'dns-flush':
      return 'dns-flush';
    case 'watch-uplinks':
      return `watch ${effect.uplinks.map(({ ifindex }) => nameOf(ifindex)).join(' ')}`;
    case 'dns':
      return ['dns', ...effect.plan.links.map(dnsLinkInWords)].join(' ');
    case 'host-names':
      return `host-names '${effect.hostname}' '${effect.domain}'`;
    case 'reply':
      return `reply ${effect.operation} ${effect.outcome.ok ? 'ok' : effect.outcome.error}`;
    case 'agent':
      return agentInWords(effect.command);
    case 'clock':
      return clockInWords(effect.command);
    case 'propose-service':
      return `propose ${effect.service.id}`;
    case 'store-service':
      return `store ${effect.service.id}`;
    case 'forget-service':
      return `forget ${effect.service}`;
    case 'store-global':
      return `store-global ${JSON.stringify(effect.settings)}`;
    case 'log':
      return `log ${effect.level}: ${effect.message}`;
  }
}

function addressesOf({ addresses, prefixes }: Dhcp6Lease): string {
  return [...addresses.map(({ address }) => address), ...prefixes.map(({ prefix }) => formatPrefix(prefix))].join(' ');
}

function clockInWords(command: ClockCommand): string {
  if (command.kind !== 'start') return `clock ${command.kind}`;
  return `clock start ${command.request.groups.map((group) => group.join('+')).join(' ')}`;
}

function agentInWords(command: AgentCommand): string {
  if (command.kind !== 'call-agent') return `${command.kind} ${command.sender}`;
  const { ask } = command;
  switch (ask.member) {
    case 'ReportError':
      return `ReportError ${ask.service} ${ask.error}`;
    case 'RequestBrowser':
      return `RequestBrowser ${ask.service} ${ask.url}`;
    case 'RequestInput':
      return `RequestInput ${ask.service} ${ask.fields.map(({ name }) => name).join('+')}`;
  }
}

export function changeInWords(change: Change, nameOf: NameOf, now: number): string {
  switch (change.kind) {
    case 'set-link': {
      const { up, mtu, master } = change;
      const power = up === undefined ? '' : up ? ' up' : ' down';
      const bridge = master === undefined ? '' : master === 0 ? ' out of its bridge' : ` into ${nameOf(master)}`;
      return `set-link ${nameOf(change.ifindex)}${power}${mtu === undefined ? '' : ` mtu ${mtu}`}${bridge}`;
    }
    case 'add-bridge':
      return `add-bridge ${change.name}`;
    case 'remove-link':
      return `remove-link ${nameOf(change.ifindex)}`;
    case 'put-address': {
      const { ifindex, address, prefixLength, validUntil } = change.address;
      const life = validUntil === undefined ? '' : ` for ${Math.ceil((validUntil - now) / 1000)} s`;
      return `put-address ${nameOf(ifindex)} ${address}/${prefixLength}${life}`;
    }
    case 'remove-address': {
      const { ifindex, address, prefixLength } = change.address;
      return `remove-address ${nameOf(ifindex)} ${address}/${prefixLength}`;
    }
    case 'put-route':
      return `${change.mode}-route ${routeInWords(change.route, nameOf)}`;
    case 'remove-route':
      return `remove-route ${routeInWords(change.route, nameOf)}`;
    case 'put-rule':
      return `put-rule ${ruleInWords(change.rule, nameOf)}`;
    case 'remove-rule':
      return `remove-rule ${ruleInWords(change.rule, nameOf)}`;
  }
}

function ruleInWords({ table, source, destination, suppressPrefixLength, users }: DesiredRule, nameOf: NameOf): string {
  const ofLink = linkOfTable(table);
  const from = source ? `from ${source.address} ` : '';
  const to = destination ? `to ${formatPrefix(destination)} ` : '';
  const lookup = ofLink === undefined ? `table ${table === mainTable ? 'main' : table}` : `table of ${nameOf(ofLink)}`;
  const of = users ? `of user ${users.from} ` : '';
  return `${from}${to}${of}${lookup}${suppressPrefixLength === 0 ? ' but default routes' : ''}`;
}

/** RTN_UNICAST. */
const unicast = 1;

function routeInWords(
  { ifindex, family, destination, gateway, metric, type = unicast, table = mainTable }: DesiredRoute,
  nameOf: NameOf,
): string {
  const to = destination.length === 0 ? 'default' : formatPrefix(destination);
  const ordinary = family === 4 ? 0 : 1024;
  const at = metric >= 2 ** 20 ? ' low' : metric === ordinary ? '' : ` metric ${metric}`;
  const apart = table === mainTable ? '' : ' in its own table';
  const way = type === unicast ? nameOf(ifindex) : 'unreachable';
  return `${way} ${to}${gateway ? ` via ${gateway}` : ''}${at}${apart}`;
}

function dnsLinkInWords({ interfaceName, nameservers, tls }: DnsLink): string {
  return `${interfaceName}=${nameservers.join('+')}${tls === 'off' ? '' : ` over ${tls} TLS`}`;
}
