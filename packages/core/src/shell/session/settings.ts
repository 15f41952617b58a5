/** What a session asks for (net.connman.Session), as clients write it and are told of it. */
import { invalidArguments, refuseUnbounded } from '@connman/contracts';
import { bool, str, strings, type Variant } from '@connman/dbus';
import type { SessionPolicy } from '@connman/settings';

export interface SessionSettings {
  /** Types of services that may carry it, the preferred one first. */
  readonly allowedBearers: readonly string[];
  /** `internet` needs a service that is online, the others one that is ready. */
  readonly connectionType: 'any' | 'local' | 'internet';
  /** `*` for any. */
  readonly allowedInterface: string;
  readonly sourceIpRule: boolean;
  readonly contextIdentifier: string;
}

/** What `*` stands for. */
const everyBearer = ['ethernet', 'wifi', 'bluetooth', 'cellular', 'gadget'];
const bearers = new Set([...everyBearer, 'vpn']);

const defaultSettings: SessionSettings = {
  allowedBearers: everyBearer,
  connectionType: 'any',
  allowedInterface: '*',
  sourceIpRule: false,
  contextIdentifier: '',
};

/** The argument of CreateSession; throws the bus's error for what does not fit. */
export function parseSettings(given: ReadonlyMap<string, Variant>): SessionSettings {
  let settings = defaultSettings;
  for (const [name, value] of given) settings = { ...settings, ...parseSetting(name, value) };
  return settings;
}

/** An argument of Session.Change; what a session is known by stays. */
export function parseChange(name: string, value: Variant): Partial<SessionSettings> {
  if (name === 'ContextIdentifier') throw invalidArguments('ContextIdentifier is set by CreateSession only');
  return parseSetting(name, value);
}

function parseSetting(name: string, value: Variant): Partial<SessionSettings> {
  refuseUnbounded(name, value);
  switch (name) {
    case 'AllowedBearers':
      return { allowedBearers: parseBearers(wanted(name, value.as('as'), 'a list of texts')) };
    case 'ConnectionType':
      return { connectionType: parseConnectionType(wanted(name, value.as('s'), 'a text')) };
    case 'AllowedInterface':
      return { allowedInterface: wanted(name, value.as('s'), 'a text') || '*' };
    case 'SourceIPRule':
      return { sourceIpRule: wanted(name, value.as('b'), 'a boolean') };
    case 'ContextIdentifier':
      return { contextIdentifier: wanted(name, value.as('s'), 'a text') };
    default:
      throw invalidArguments(`a session has no setting ${name}`);
  }
}

function wanted<T>(name: string, value: T | undefined, type: string): T {
  if (value === undefined) throw invalidArguments(`${name} is ${type}`);
  return value;
}

function parseBearers(names: readonly string[]): string[] {
  const listed = names.flatMap((name) => (name === '*' ? everyBearer : name === '' ? [] : [name]));
  const unknown = listed.find((name) => !bearers.has(name));
  if (unknown !== undefined)
    throw invalidArguments(`no bearer is called ${unknown}; there are ${[...bearers].join(', ')}`);
  return [...new Set(listed)];
}

function parseConnectionType(text: string): SessionSettings['connectionType'] {
  if (text === 'any' || text === 'local' || text === 'internet') return text;
  throw invalidArguments('ConnectionType is any, local or internet');
}

/** What of the owner's settings its policy leaves: fewer bearers in the owner's order, and the policy's connection type. */
export function limited(settings: SessionSettings, policy: SessionPolicy | undefined): SessionSettings {
  if (!policy) return settings;
  const { allowedBearers, connectionType } = policy;
  return {
    ...settings,
    allowedBearers: settings.allowedBearers.filter((bearer) => allowedBearers?.includes(bearer) ?? true),
    ...(connectionType !== 'any' && { connectionType }),
  };
}

/** As Notification.Update tells them. */
export function settingsProperties(settings: SessionSettings): [string, Variant][] {
  return [
    ['ConnectionType', str(settings.connectionType)],
    ['AllowedBearers', strings(settings.allowedBearers)],
    ['AllowedInterface', str(settings.allowedInterface)],
    ['ContextIdentifier', str(settings.contextIdentifier)],
    ['SourceIPRule', bool(settings.sourceIpRule)],
  ];
}
