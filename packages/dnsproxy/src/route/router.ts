/**
 * Which servers a name belongs to: the links with the longest domain above it, else the default links, else the fallback; the
 * names of private addresses to no others than private ones.
 */
import { isPrivate } from '@connman/inet';
import { parentOf } from '../message/name';
import type { UpstreamServer } from '../upstream/server';
import { isTakenBy, specialZoneOf } from './special-names';

/** A link with its servers and its domains, names in lower case without the last dot. */
export interface RoutedLink {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly servers: readonly UpstreamServer[];
  readonly domains: readonly { readonly name: string; readonly search: boolean }[];
  readonly isDefault: boolean;
}

export interface Route {
  readonly servers: readonly UpstreamServer[];
  /** The domain that decided; undefined when none did. */
  readonly domain: string | undefined;
  /** Why these servers, in words. */
  readonly reason: string;
}

const nowhere: Route = { servers: [], domain: undefined, reason: 'no link has a name server and there is no fallback' };

export class Router {
  private byDomain = new Map<string, Route>();
  private otherwise: Route = nowhere;
  private search: readonly string[] = [];

  /** Domains to try single-label names in, those of the default links first. */
  get searchDomains(): readonly string[] {
    return this.search;
  }

  update(links: readonly RoutedLink[], fallback: readonly UpstreamServer[]): void {
    const claims = new Map<string, RoutedLink[]>();
    for (const link of links) {
      for (const { name } of link.domains) {
        const claimants = claims.get(name);
        if (claimants) claimants.push(link);
        else claims.set(name, [link]);
      }
    }
    this.byDomain = new Map();
    for (const [domain, claimants] of claims) {
      const servers = serversOf(claimants);
      // A link without servers cannot claim a name: it would only make it unresolvable.
      if (servers.length === 0) continue;
      const names = claimants.map((link) => link.interfaceName || 'the configuration').join(', ');
      this.byDomain.set(domain, { servers, domain, reason: `domain ${domain || '.'} belongs to ${names}` });
    }
    const defaults = links.filter((link) => link.isDefault && link.servers.length > 0);
    if (defaults.length > 0) {
      const names = defaults.map((link) => link.interfaceName || 'the configuration').join(', ');
      this.otherwise = { servers: serversOf(defaults), domain: undefined, reason: `default: ${names}` };
    } else if (fallback.length > 0) {
      this.otherwise = { servers: fallback, domain: undefined, reason: 'fallback: no default link has a name server' };
    } else {
      this.otherwise = nowhere;
    }
    const search = [...links]
      .sort((a, b) => Number(b.isDefault) - Number(a.isDefault))
      .flatMap((link) => (link.servers.length > 0 ? link.domains : []))
      .filter((domain) => domain.search && domain.name !== '')
      .map((domain) => domain.name);
    this.search = [...new Set(search)];
  }

  /** `name` in lower case without the last dot. */
  route(name: string): Route {
    const route = this.match(name);
    const special = specialZoneOf(name);
    if (special?.answer !== 'private' || isTakenBy(special, route.domain)) return route;
    return {
      ...route,
      servers: route.servers.filter((server) => isPrivate(server.at.address)),
      reason: `${route.reason}; private addresses are asked of private servers alone`,
    };
  }

  private match(name: string): Route {
    if (this.byDomain.size === 0) return this.otherwise;
    for (let at: string | undefined = name; at !== undefined; at = parentOf(at)) {
      const route = this.byDomain.get(at);
      if (route) return route;
    }
    return this.otherwise;
  }
}

function serversOf(links: readonly RoutedLink[]): readonly UpstreamServer[] {
  return [...new Set(links.flatMap((link) => link.servers))];
}
