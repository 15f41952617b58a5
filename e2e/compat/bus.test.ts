// What a client finds on the bus: members, types, and the signals that follow the same events, beside the reference.
import { Variant } from 'dbus-next';
import type { Incoming, Value } from '../netns/lab/bus';
import { inLab, type Lab } from '../netns/lab/lab';
import type { Network } from '../netns/lab/network';
import { debian, ours, type Subject } from '../netns/lab/subject';
import { neutral } from './session';

jest.setTimeout(60_000);

/** What one daemon shows while the same things happen to its machine. */
interface Impression {
  /** Members of each interface with their signatures, as introspected. */
  readonly members: Map<string, string>;
  /** Signature of each property by object, in the order in which GetProperties lists them. */
  readonly properties: Map<string, string[]>;
  /** By event: each object's property values in the order of their signals. */
  readonly signals: Map<string, Record<string, string[]>>;
  /** Services told of in ServicesChanged without a property before they were told of with all. */
  readonly strangers: string[];
  /** States of services from their first to their last, as signalled when the technology is switched off. */
  lastStates: string[];
}

const events: readonly [name: string, happen: (lab: Lab, network: Network) => Promise<unknown>][] = [
  [
    'the cable goes in',
    async (lab, network) => {
      await network.plug();
      await lab.connman.untilOnline('eth0');
    },
  ],
  [
    'the cable goes out',
    async (lab, network) => {
      await network.unplug();
      await lab.connman.until('no service', (view) => view.services.length === 0 && view.state === 'idle');
    },
  ],
  [
    'the cable comes back',
    async (lab, network) => {
      await network.plug();
      await lab.connman.untilOnline('eth0');
    },
  ],
  [
    'the user disconnects',
    async (lab) => {
      await lab.connman.call(lab.connman.service('eth0')?.path ?? '', 'Disconnect');
      await lab.connman.until('idle', (view) => view.serviceState('eth0') === 'idle' && view.state === 'idle');
    },
  ],
  [
    'the user connects',
    async (lab) => {
      await lab.connman.call(lab.connman.service('eth0')?.path ?? '', 'Connect');
      await lab.connman.untilOnline('eth0');
    },
  ],
];

let reference: Impression;
let own: Impression;

beforeAll(async () => {
  reference = await impressionOf(debian);
  own = await impressionOf(ours);
});

test('every member we offer has the reference’s signature', () => {
  const shared = [...own.members].filter(([name]) => reference.members.has(name));
  expect(shared.length).toBeGreaterThan(20);
  expect(shared).toEqual(shared.map(([name]) => [name, reference.members.get(name)]));
});

test.each(['manager', 'technology', 'service'])(
  'a %s has the reference’s properties, in its order and types',
  (kind) => {
    expect(own.properties.get(kind)).toEqual(reference.properties.get(kind));
  },
);

test.each(events.map(([name]) => name))('when %s, manager and technology tell the same story', (name) => {
  const [ours, theirs] = [own.signals.get(name) ?? {}, reference.signals.get(name) ?? {}];
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [property, values] of Object.entries(ours)) {
    // The reference signals on its way down, too (online, ready, idle); what a turn of ours passes through is not told.
    expect(theirs[property]).toEqual(expect.arrayContaining(values));
    expect(values.at(-1)).toEqual(theirs[property]?.at(-1));
  }
});

test('a service in use is seen to disconnect and to be idle before its technology is off', () => {
  const wayDown = ({ lastStates }: Impression) => lastStates.filter((state) => /disconnect|idle|gone/.test(state));
  expect(wayDown(own)).toEqual(['disconnect', 'idle', 'gone']);
  expect(wayDown(own)).toEqual(wayDown(reference));
});

test('a service is first told of with all its properties', () => {
  expect(own.strangers).toEqual([]);
});

async function impressionOf(subject: Subject): Promise<Impression> {
  const impression: Impression = {
    members: new Map(),
    properties: new Map(),
    signals: new Map(),
    strangers: [],
    lastStates: [],
  };
  await inLab(subject, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const connman = await lab.startDaemon();
    await connman.until('the technology powered', () =>
      [...connman.technologies.values()].some((properties) => properties.Powered === true),
    );
    let story: Record<string, string[]> = {};
    const latest = new Map<string, string>();
    for (const [path, properties] of [['/', connman.manager] as const, ...connman.technologies])
      for (const [name, value] of Object.entries(properties)) latest.set(`${path} ${name}`, String(value));
    const known = new Set<string>();
    connman.client.onSignal.push((signal) => {
      note(signal, story, latest);
      if (signal.member !== 'ServicesChanged') return;
      for (const [path, properties] of signal.body[0] as [string, Record<string, Value>][]) {
        if (Object.keys(properties).length === 0 && !known.has(path)) impression.strangers.push(neutral(path));
        known.add(path);
      }
      for (const path of signal.body[1] as string[]) known.delete(path);
    });
    for (const [name, happen] of events) {
      story = {};
      impression.signals.set(name, story);
      await happen(lab, network);
    }
    const objects: [string, string][] = [
      ['manager', '/'],
      ['technology', '/net/connman/technology/ethernet'],
      ['service', connman.service('eth0')?.path ?? ''],
    ];
    for (const [kind, path] of objects) {
      const xml = await introspect(lab, path);
      for (const [member, signature] of membersOf(xml)) impression.members.set(member, signature);
      impression.properties.set(kind, await connman.client.signatures(path, kind));
    }
    connman.client.onSignal.push(({ path, member, body: [name, value] }) => {
      if (member === 'ServicesChanged') impression.lastStates.push('gone');
      else if (path.includes('/service/') && name === 'State') impression.lastStates.push(String(value));
    });
    story = {};
    const off = ['Powered', new Variant('b', false)] as const;
    await connman.call('/net/connman/technology/ethernet', 'SetProperty', 'sv', ...off);
    await connman.until('no service', () => connman.services.length === 0);
  });
  return impression;
}

/** What is said again for clients that subscribe late is no news. */
function note({ path, member, body }: Incoming, story: Record<string, string[]>, latest: Map<string, string>): void {
  if (member !== 'PropertyChanged' || path.includes('/service/')) return;
  const [key, value] = [`${path} ${body[0]}`, String(body[1])];
  if (latest.get(key) === value) return;
  latest.set(key, value);
  story[key] = [...(story[key] ?? []), value];
}

async function introspect(lab: Lab, path: string): Promise<string> {
  const call = { path, interface: 'org.freedesktop.DBus.Introspectable', member: 'Introspect' };
  return String((await lab.connman.client.call(call))[0]);
}

/** "net.connman.Service.SetProperty" -> "method in:s in:v". */
function membersOf(xml: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const [, name, content] of xml.matchAll(/<interface name="(net\.connman\.[^"]+)">([\s\S]*?)<\/interface>/g))
    for (const [, kind, member, args] of (content ?? '').matchAll(
      /<(method|signal) name="([^"]+)"(?:\/>|>([\s\S]*?)<\/\1>)/g,
    )) {
      const types = [...(args ?? '').matchAll(/<arg ([^>]*)\/?>/g)].map(([, attributes = '']) => {
        const type = /type="([^"]+)"/.exec(attributes)?.[1];
        return `${/direction="([^"]+)"/.exec(attributes)?.[1] ?? 'out'}:${type}`;
      });
      members.set(`${name}.${member}`, [kind, ...types].join(' '));
    }
  return members;
}
