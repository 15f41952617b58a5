import fc from 'fast-check';
import { hex, type Shape } from './fields';
import { schemaOfGroup } from './group-schema';
import { componentFields, generalFields } from './main-conf-keys';
import { readPlain } from './plain';
import { schemaOfShape } from './schema';

const int = { least: 0, most: 100, expected: '0 to 100' };
const shapes: readonly Shape[] = [
  { is: 'text' },
  { is: 'boolean' },
  hex().shape,
  { is: 'ip' },
  { is: 'ipv4' },
  { is: 'ipv6' },
  { is: 'route' },
  { is: 'server', named: false },
  { is: 'server', named: true },
  { is: 'word', words: ['none', 'one-shot'] },
  { is: 'word', words: ['none', 'True'], anyCase: true },
  { is: 'integer', ...int },
  { is: 'number', ...int },
];

const likely = [
  '',
  'true',
  'True',
  '0',
  '1',
  '-1',
  '100',
  '101',
  '1e2',
  '.5',
  '7 x',
  '7x',
  'none',
  'a0',
  'A0F',
  '::1',
  '192.0.2.7/24 via 10.0.0.1',
  '::/0',
  '::1#a.',
  '1.1.1.1#',
  '1.1.1.1#a b',
];
const likelyText = fc.oneof(
  fc.constantFrom(...likely),
  fc.string(),
  fc.ipV4(),
  fc.ipV6(),
  fc.integer().map(String),
  fc.double().map(String),
);

test.each(shapes)('the plain reader of $is agrees with the zod schema on every text', (shape) => {
  const schema = schemaOfShape(shape);
  fc.assert(
    fc.property(likelyText, (text) => {
      const result = schema.safeParse(text);
      expect(readPlain(shape, text)).toEqual(result.success ? result.data : undefined);
    }),
    { numRuns: 500 },
  );
});

test('a group is a zod schema that other programs can use', () => {
  const schema = schemaOfGroup(generalFields);
  expect(schema.parse({ FallbackNameservers: '192.0.2.1, ::1,', EnableOnlineCheck: ' true' })).toEqual({
    FallbackNameservers: ['192.0.2.1', '::1'],
    EnableOnlineCheck: true,
  });
  expect(schema.safeParse({ OnlineCheckMode: 'x' }).error?.issues[0]).toMatchObject({
    path: ['OnlineCheckMode'],
    message: 'none, one-shot or continuous',
  });
  expect(schemaOfGroup(componentFields).safeParse({ Moon: 'bus' }).success).toBe(false);
});
