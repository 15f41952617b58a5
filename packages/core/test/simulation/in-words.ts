/** Effects in a few words each, so that a conversation reads as one. */
import type { Effect } from '../../src/effects';
import type { Change } from '../../src/ipconfig/plan';

export type NameOf = (ifindex: number) => string;

export function effectInWords(effect: Effect, nameOf: NameOf, now: number): string {
  switch (effect.kind) {
    case 'change':
      return changeInWords(effect.change, nameOf, now);
    case 'sysctl':
      return `sysctl ${effect.path} ${effect.value}`;
    case 'sysctl-restore':
      return `sysctl-restore ${effect.path}`;
    case 'dhcp-start': {
      const { interfaceName, lastAddress } = effect.request;
      return `dhcp-start ${interfaceName}${lastAddress ? ` asking for ${lastAddress}` : ''}`;
    }
    case 'dhcp-stop':
      return `dhcp-stop ${nameOf(effect.ifindex)}${effect.release ? ' with release' : ''}`;
    case 'online-check':
      return `check ${effect.request.interfaceName} IPv${effect.request.family}`;
    case 'online-cancel':
      return 'check cancelled';
    case 'dns':
      return `dns ${effect.plan.links.map((link) => `${link.interfaceName}=${link.nameservers.join('+')}`).join(' ')}`.trim();
    case 'host-names':
      return `host-names ${effect.hostname}.${effect.domain}`;
    case 'reply': {
      const { outcome } = effect;
      return `reply ${effect.operation} ${outcome.ok ? 'ok' : outcome.error}`;
    }
    case 'report-error':
      return `report-error ${effect.service} ${effect.error}`;
    case 'request-browser':
      return `request-browser ${effect.service} ${effect.url}`;
    case 'store-service':
      return `store ${effect.service.id}`;
    case 'store-global':
      return `store-global offline=${effect.settings.offlineMode} enabled=${effect.settings.enabled.ethernet}`;
    case 'log':
      return `log ${effect.level}: ${effect.message}`;
  }
}

export function changeInWords(change: Change, nameOf: NameOf, now: number): string {
  switch (change.kind) {
    case 'set-link': {
      const { up, mtu } = change;
      const power = up === undefined ? '' : up ? ' up' : ' down';
      return `set-link ${nameOf(change.ifindex)}${power}${mtu === undefined ? '' : ` mtu ${mtu}`}`;
    }
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
    case 'remove-route': {
      const { ifindex, destination, gateway, metric } = change.route;
      const verb = change.kind === 'put-route' ? `${change.mode}-route` : 'remove-route';
      const to = destination.length === 0 ? 'default' : `${destination.address}/${destination.length}`;
      const low = metric >= 2 ** 20 ? ' low' : metric === 0 || metric === 1024 ? '' : ` metric ${metric}`;
      return `${verb} ${nameOf(ifindex)} ${to}${gateway ? ` via ${gateway}` : ''}${low}`;
    }
  }
}
