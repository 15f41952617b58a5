/** The shapes of answers with --json, by command: the published schema is made from them, and the tests hold answers to them. */
import * as z from 'zod/mini';

/** A value of the bus; a property's D-Bus type says which. */
const value = z.json();
const properties = z.record(z.string(), value);

const object = z.strictObject({
  /** The last element of the path, as commands take it. */
  id: z.string(),
  path: z.string(),
  properties,
});

const dnsServer = z.strictObject({
  address: z.string(),
  port: z.optional(z.int()),
  tlsName: z.optional(z.string()),
});

const tls = z.enum(['off', 'opportunistic', 'strict']);

const dns = z.strictObject({
  listening: z.strictObject({
    addresses: z.array(z.string()),
    refused: z.array(
      z.strictObject({
        address: z.string(),
        reason: z.string(),
        holder: z.optional(z.strictObject({ pid: z.int(), name: z.string() })),
      }),
    ),
  }),
  links: z.array(
    z.strictObject({
      ifindex: z.int(),
      interfaceName: z.string(),
      servers: z.array(dnsServer),
      domains: z.array(z.strictObject({ name: z.string(), search: z.boolean() })),
      isDefault: z.boolean(),
      tls,
      localAddress: z.optional(z.string()),
    }),
  ),
  statistics: z.strictObject({
    ...Object.fromEntries(
      [
        ...['queries', 'hits', 'misses', 'merged', 'local', 'stale', 'refreshed', 'failed', 'rejected'],
        ...['cacheEntries', 'cacheBytes'],
      ].map((name) => [name, z.int()]),
    ),
    servers: z.array(
      z.strictObject({
        ifindex: z.int(),
        interfaceName: z.string(),
        address: z.string(),
        port: z.int(),
        tls,
        queries: z.int(),
        answers: z.int(),
        failures: z.record(z.string(), z.int()),
        rttMs: z.number(),
        rttHistogram: z.array(z.int()),
        restsMs: z.number(),
        trouble: z.string(),
      }),
    ),
  }),
});

const dnsQuery = z.strictObject({
  rcode: z.string(),
  records: z.array(z.string()),
  source: z.enum(['cache', 'stale', 'local', 'server', 'none']),
  server: z.string(),
  durationMs: z.number(),
  reason: z.string(),
});

/** One line for each signal. */
const event = {
  /** The D-Bus interface that the signal belongs to. */
  interface: z.string(),
  path: z.string(),
};
const monitor = z.discriminatedUnion('signal', [
  z.strictObject({ ...event, signal: z.literal('PropertyChanged'), name: z.string(), value }),
  z.strictObject({ ...event, signal: z.enum(['TechnologyAdded', 'ConnectionAdded']), properties }),
  z.strictObject({ ...event, signal: z.enum(['TechnologyRemoved', 'ConnectionRemoved']) }),
  z.strictObject({
    ...event,
    signal: z.enum(['ServicesChanged', 'PeersChanged']),
    changed: z.array(object),
    removed: z.array(z.string()),
  }),
]);

export const answerSchemas = {
  state: properties,
  clock: properties,
  technologies: z.array(object),
  services: z.array(object),
  'services SERVICE': object,
  peers: z.array(object),
  'peers PEER': object,
  tethering_clients: z.array(z.string()),
  'tethering_clients --traffic': z.array(z.strictObject({ mac: z.string(), properties })),
  vpnconnections: z.array(object),
  'vpnconnections CONNECTION': object,
  dns,
  'dns query': dnsQuery,
  why: z.array(
    z.strictObject({ id: z.string(), reasons: z.array(z.strictObject({ code: z.string(), text: z.string() })) }),
  ),
  plan: z.array(z.strictObject({ kind: z.string(), text: z.string(), status: z.string() })),
  metrics: z.array(z.strictObject({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() })),
  'dns flush': z.strictObject({}),
  monitor,
} as const;

/** JSON Schema (draft 2020-12): one definition for each command. */
export function publishedSchema(): unknown {
  const definitions = Object.entries(answerSchemas).map(([command, schema]) => {
    const { $schema: _, ...definition } = z.toJSONSchema(schema);
    return [command, definition];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'connmanctl --json',
    description: 'What each command prints with --json, one value a line; monitor prints a line for each signal.',
    $defs: Object.fromEntries(definitions),
  };
}
