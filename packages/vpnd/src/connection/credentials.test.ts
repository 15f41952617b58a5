import { instant, Secret } from '@connman/base';
import type { InputField } from '../driver';
import { Credentials } from './credentials';

const fields: readonly InputField[] = [
  { name: 'Username', type: 'string', requirement: 'mandatory' },
  { name: 'Password', type: 'password', requirement: 'mandatory' },
];
const given = new Map([
  ['Username', new Secret('alice')],
  ['Password', new Secret('wonderland')],
]);
const none = new Map<string, string>();
const texts = (values: ReadonlyMap<string, Secret> | undefined) =>
  values && [...values].map(([name, value]) => `${name}=${value.reveal()}`);

test('what the settings say is not asked for; a lone dash says nothing', () => {
  const credentials = new Credentials();
  expect(credentials.known(fields, new Map([['Username', 'alice']]))).toBeUndefined();
  expect(
    credentials.known(
      fields,
      new Map([
        ['Username', 'alice'],
        ['Password', '-'],
      ]),
    ),
  ).toBeUndefined();
  const settings = new Map([
    ['Username', 'alice'],
    ['Password', 'x'],
  ]);
  expect(texts(credentials.known(fields, settings))).toEqual(['Username=alice', 'Password=x']);
});

test('an answer is remembered until the server refuses it', () => {
  const credentials = new Credentials();
  credentials.learn(given, fields);
  expect(texts(credentials.known(fields, none))).toEqual(['Username=alice', 'Password=wonderland']);
  credentials.onRefused('wrong password', 1, instant(0));
  expect(credentials.known(fields, none)).toBeUndefined();
  expect(credentials.authFailure).toBe('wrong password');
});

test('within an hour of a success, so many refusals as AuthErrorLimit says are not shown (rule 184)', () => {
  const credentials = new Credentials();
  credentials.learn(given, fields);
  credentials.onAccepted(instant(0));
  credentials.onRefused('x', 1, instant(1000));
  expect(credentials.known(fields, none)).toBeDefined();
  credentials.onRefused('x', 1, instant(2000));
  expect(credentials.known(fields, none)).toBeUndefined();

  const late = new Credentials();
  late.learn(given, fields);
  late.onAccepted(instant(0));
  late.onRefused('x', 1, instant(3_600_000));
  expect(late.known(fields, none)).toBeUndefined();

  const never = new Credentials();
  never.learn(given, fields);
  never.onAccepted(instant(0));
  never.onRefused('x', 0, instant(1000));
  expect(never.known(fields, none)).toBeUndefined();
});

test('a one-time password is asked for each time', () => {
  const credentials = new Credentials();
  const once: readonly InputField[] = [{ name: 'Code', type: 'password', requirement: 'mandatory', once: true }];
  credentials.learn(new Map([['Code', new Secret('123')]]), once);
  expect(credentials.known(once, new Map([['Code', '123']]))).toBeUndefined();
});

test('an agent that wants its answers saved has them saved under their settings; a setting counts before them', () => {
  const named: readonly InputField[] = [
    { name: 'Username', setting: 'L2TP.User', type: 'string', requirement: 'mandatory' },
    { name: 'Password', setting: 'L2TP.Password', type: 'password', requirement: 'mandatory' },
    { name: 'Code', type: 'password', requirement: 'mandatory', once: true },
    { name: 'Hint', type: 'string', requirement: 'informational' },
  ];
  const answers = new Map([...given, ['Code', new Secret('123')], ['Hint', new Secret('x')]]);
  const credentials = new Credentials();
  expect(credentials.save(answers, named).size).toBe(0);
  const saved = credentials.save(answers.set('SaveCredentials', new Secret('true')), named);
  expect(texts(saved)).toEqual(['L2TP.User=alice', 'L2TP.Password=wonderland']);
  const later = new Credentials(saved);
  expect(texts(later.known(named.slice(0, 2), none))).toEqual(['Username=alice', 'Password=wonderland']);
  expect(texts(later.known(named.slice(0, 2), new Map([['L2TP.Password', 'other']])))).toEqual([
    'Username=alice',
    'Password=other',
  ]);
  expect(later.forgetSaved('L2TP.Password')).toBe(true);
  expect(later.known(named.slice(0, 2), none)).toBeUndefined();
});
