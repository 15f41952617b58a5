/** A VPN as it is configured: who it connects to, with which settings, and where that was written down. */
import { err, ok, type Result } from '@connman/base';
import type { Variant } from '@connman/dbus';
import type { StoredProvider } from '@connman/settings';
import { formatStoredNetworks, parseNetworks, parseStoredNetworks, routesFromProperty, type VpnRoute } from './route';

export interface Provider {
  /** Names it in paths and folders: letters, digits and underscores. */
  readonly ident: string;
  /** A driver's name, in lower case. */
  readonly type: string;
  readonly name: string;
  readonly host: string;
  readonly domain: string;
  /** Undefined: no one has said, so the server's routes decide. */
  readonly splitRouting: boolean | undefined;
  readonly userRoutes: readonly VpnRoute[];
  /** All else, with keys as the driver has them: `OpenVPN.CACert`. */
  readonly settings: ReadonlyMap<string, string>;
  /** The file it comes from, which alone may change it. */
  readonly origin?: { readonly file: string; readonly section: string };
}

/** Why a call was refused, by ConnMan's error name, with words for the user. */
export interface Refusal {
  readonly error: 'InvalidArguments' | 'NotSupported' | 'InvalidProperty' | 'PermissionDenied';
  readonly text: string;
}

const refuse = (error: Refusal['error'], text: string) => err({ error, text });

/** `host_domain`, every character but letters and digits an underscore. */
export function identOf(host: string, domain: string): string {
  return (domain === '' ? host : `${host}_${domain}`).replace(/[^A-Za-z0-9]/g, '_');
}

/** Keys that have a place of their own in a provider. */
const ownKeys = new Set(['Type', 'Name', 'Host', 'Domain', 'VPN.Domain', 'Networks', 'SplitRouting']);
const isTrue = (text: string | undefined) => (text === undefined ? undefined : text === 'true' || text === '1');

/** From the keys of a *.config section; `problem` says what of it has no effect. */
export function providerFromFile(
  values: ReadonlyMap<string, string>,
  origin: { readonly file: string; readonly section: string },
): { readonly provider: Result<Provider, string>; readonly wrongNetworks: readonly string[] } {
  const networks = parseNetworks(values.get('Networks') ?? '');
  const type = values.get('Type') ?? '';
  const host = values.get('Host') ?? '';
  const domain = values.get('VPN.Domain') ?? values.get('Domain') ?? '';
  if (type === '') return { provider: err('Type, such as OpenVPN or WireGuard'), wrongNetworks: networks.wrong };
  const provider: Provider = {
    // A file for OpenVPN may leave the server to the file it names.
    ident: identOf(host === '' ? origin.section : host, domain),
    type,
    name: values.get('Name') || origin.section,
    host,
    domain,
    splitRouting: isTrue(values.get('SplitRouting')),
    userRoutes: networks.routes,
    settings: new Map([...values].filter(([key]) => !ownKeys.has(key))),
    origin,
  };
  return { provider: ok(provider), wrongNetworks: networks.wrong };
}

/** From what an earlier run, or ConnMan, has stored. */
export function providerFromStorage(ident: string, stored: StoredProvider): Result<Provider, string> {
  const type = stored.get('Type')?.toLowerCase() ?? '';
  const host = stored.get('Host') ?? '';
  if (type === '' || host === '') return err('Type and Host');
  return ok({
    ident,
    type,
    name: stored.get('Name') || host,
    host,
    domain: stored.get('VPN.Domain') ?? '',
    splitRouting: isTrue(stored.get('SplitRouting')),
    userRoutes: parseStoredNetworks(stored.get('Networks') ?? ''),
    settings: new Map([...stored].filter(([key]) => !ownKeys.has(key) && !key.startsWith('Config.'))),
  });
}

/** Settings of every type of VPN. */
const commonKeys = new Set(['AuthErrorLimit', 'KillSwitch']);

/** The keys to be stored; `stores` says which settings the driver wants on disk. */
export function providerToStorage(provider: Provider, stores: (key: string) => boolean): StoredProvider {
  const { type, name, host, domain, splitRouting, userRoutes, settings } = provider;
  const stored = new Map([
    ['Name', name],
    ['Type', type],
    ['Host', host],
  ]);
  if (domain !== '') stored.set('VPN.Domain', domain);
  if (splitRouting !== undefined) stored.set('SplitRouting', String(splitRouting));
  if (userRoutes.length > 0) stored.set('Networks', formatStoredNetworks(userRoutes));
  for (const [key, value] of settings) if (commonKeys.has(key) || stores(key)) stored.set(key, value);
  return stored;
}

/** From the dictionary of Manager.Create. */
export function providerFromCreate(properties: ReadonlyMap<string, Variant>): Result<Provider, Refusal> {
  const text = (key: string) => properties.get(key)?.as('s') ?? '';
  const host = text('Host');
  if (host === '') return refuse('InvalidArguments', 'Host, the address or name of the VPN server, is missing');
  if (text('Type') === '' || text('Name') === '') return refuse('NotSupported', 'Type and Name are needed');
  const domain = text('VPN.Domain') || text('Domain');
  let provider: Provider = {
    ident: identOf(host, domain),
    type: text('Type').toLowerCase(),
    name: text('Name'),
    host,
    domain,
    splitRouting: undefined,
    userRoutes: [],
    settings: new Map(),
  };
  for (const [key, value] of properties) {
    if (['Type', 'Name', 'Host', 'Domain', 'VPN.Domain'].includes(key)) continue;
    if (key === 'Networks') {
      provider = { ...provider, userRoutes: [...provider.userRoutes, ...parseNetworks(value.as('s') ?? '').routes] };
      continue;
    }
    const changed = withProperty(provider, key, value);
    if (!changed.ok) return refuse('InvalidArguments', changed.error.text);
    provider = changed.value;
  }
  return ok(provider);
}

/** Keys that describe what happens, or what the connection is, and no one sets. */
const readOnlyKeys = new Set(['State', 'Index', 'Immutable', 'IPv4', 'IPv6', 'Nameservers', 'ServerRoutes', 'Type']);

/** One property of the bus set; an empty text clears it. */
export function withProperty(provider: Provider, key: string, value: Variant): Result<Provider, Refusal> {
  if (readOnlyKeys.has(key)) return refuse('InvalidProperty', `${key} cannot be set`);
  if (key === 'UserRoutes') {
    const entries = value.as('a(a{sv})');
    const routes = entries && routesFromProperty(entries);
    return routes ? ok({ ...provider, userRoutes: routes }) : refuse('InvalidProperty', 'UserRoutes has a wrong entry');
  }
  if (key === 'SplitRouting') {
    const split = value.as('b');
    return split === undefined
      ? refuse('InvalidProperty', 'SplitRouting takes a boolean')
      : ok({ ...provider, splitRouting: split });
  }
  const text = value.as('s');
  if (text === undefined) return refuse('InvalidProperty', `${key} takes a string`);
  if (key === 'Name' || key === 'Host')
    return text === ''
      ? refuse('InvalidProperty', `${key} must not be empty`)
      : ok({ ...provider, [key.toLowerCase()]: text });
  if (key === 'Domain' || key === 'VPN.Domain') return ok({ ...provider, domain: text });
  const settings = new Map(provider.settings);
  if (text === '') settings.delete(key);
  else settings.set(key, text);
  return ok({ ...provider, settings });
}

/** One property of the bus cleared. */
export function withoutProperty(provider: Provider, key: string): Result<Provider, Refusal> {
  if (key === 'UserRoutes') return ok({ ...provider, userRoutes: [] });
  if (!provider.settings.has(key)) return refuse('InvalidProperty', `there is no setting ${key}`);
  const settings = new Map(provider.settings);
  settings.delete(key);
  return ok({ ...provider, settings });
}
