/** Introspection data back to interface tables, and how two sets of tables differ: the way a contract is checked. */
import type { InterfaceSpec, MethodSpec } from './interface';

export interface Introspection {
  readonly interfaces: readonly InterfaceSpec[];
  /** Path elements of the nodes below. */
  readonly children: readonly string[];
}

const interfaceElement = /<interface\s+name="([^"]*)"\s*>([\s\S]*?)<\/interface>/g;
const memberElement = /<(method|signal)\s+name="([^"]*)"\s*(?:\/>|>([\s\S]*?)<\/\1>)/g;
const argumentElement = /<arg\b([^>]*?)\/?>/g;
const childElement = /<node\s+name="([^"]*)"\s*\/?>/g;

/** Reads introspection XML as programs write it; what is not an interface, a member or a node is stepped over. */
export function parseIntrospection(xml: string): Introspection {
  const interfaces = [...xml.matchAll(interfaceElement)].map(([, name = '', content = '']) => {
    const members = [...content.matchAll(memberElement)];
    const of = (kind: string) => members.filter((member) => member[1] === kind);
    return {
      name,
      methods: Object.fromEntries(of('method').map(([, , member = '', body = '']) => [member, parseMethod(body)])),
      signals: Object.fromEntries(
        of('signal').map(([, , member = '', body = '']) => [member, parseList(body, () => true)]),
      ),
    };
  });
  return { interfaces, children: [...xml.matchAll(childElement)].map(([, name = '']) => name) };
}

function parseMethod(body: string): MethodSpec {
  const annotated = (name: string): boolean => body.includes(`"org.freedesktop.DBus.${name}" value="true"`);
  return {
    in: parseList(body, (direction) => direction !== 'out'),
    out: parseList(body, (direction) => direction === 'out'),
    ...(annotated('Deprecated') ? { deprecated: true } : {}),
    ...(annotated('Method.NoReply') ? { noReply: true } : {}),
  };
}

function parseList(body: string, wanted: (direction: string) => boolean): string {
  const attribute = (text: string, name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';
  return [...body.matchAll(argumentElement)]
    .filter(([, text = '']) => wanted(attribute(text, 'direction')))
    .map(([, text = '']) => `${attribute(text, 'type')} ${attribute(text, 'name')}`.trim())
    .join(', ');
}

export interface Difference {
  /** Expected and not there: `net.connman.Manager.GetPeers`. */
  readonly missing: readonly string[];
  /** There, but otherwise: `net.connman.Manager.GetServices: out is "as", not "a(oa{sv}) services"`. */
  readonly different: readonly string[];
  /** There and not expected. */
  readonly extra: readonly string[];
}

/** What `actual` has otherwise than `expected`; the order of interfaces and members does not matter. */
export function compareInterfaces(expected: readonly InterfaceSpec[], actual: readonly InterfaceSpec[]): Difference {
  const wanted = membersOf(expected);
  const found = membersOf(actual);
  const different: string[] = [];
  for (const [name, facts] of wanted) {
    const other = found.get(name);
    if (!other) continue;
    for (const [fact, value] of Object.entries(facts))
      if (other[fact] !== value) different.push(`${name}: ${fact} is "${other[fact]}", not "${value}"`);
  }
  return {
    missing: [...wanted.keys()].filter((name) => !found.has(name)),
    different,
    extra: [...found.keys()].filter((name) => !wanted.has(name)),
  };
}

type Facts = Readonly<Record<string, string | boolean>>;

function membersOf(interfaces: readonly InterfaceSpec[]): Map<string, Facts> {
  const members = new Map<string, Facts>();
  for (const { name, methods, signals } of interfaces) {
    for (const [member, spec] of Object.entries(methods)) {
      const { in: args, out, deprecated = false, noReply = false } = spec;
      members.set(`${name}.${member}`, { kind: 'method', in: args, out, deprecated, noReply });
    }
    for (const [member, args] of Object.entries(signals)) members.set(`${name}.${member}`, { kind: 'signal', args });
  }
  return members;
}
