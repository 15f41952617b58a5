// The page of the onboarding access point, over real sockets of the loopback link.
import { request } from 'node:http';
import { connect } from 'node:net';
import { type Secret, silentLogger } from '@connman/base';
import { ManualClock } from '@connman/testkit';
import type { Intent } from '../../events';
import type { PortalView } from '../../model/onboarding/onboarding';
import { readForm } from './form';
import { Portal } from './portal';

const hostname = '127.0.0.1';
const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');
const view: PortalView = {
  address: hostname as never,
  networks: [
    { ssid: hex('Home'), security: 'psk', strength: 70 },
    { ssid: hex('<b>\x07'), security: 'none', strength: 20 },
  ],
  failure: '',
};

let port: number;
let home: string;
let portal: Portal;
let clock: ManualClock;
let kept: Secret[];
let told: Intent[];
let lines: string[];

beforeEach(async () => {
  [kept, told, lines] = [[], [], []];
  const listening = new Promise<void>((resolve) => {
    const info = (line: string) => {
      lines.push(line);
      resolve();
    };
    const keep = (secret: Secret) => ({ secret: kept.push(secret) });
    const log = { ...silentLogger, info, error: (line: string) => void lines.push(line) };
    clock = new ManualClock();
    portal = new Portal({ clock, keep, tell: (intent) => void told.push(intent), log, port: 0 });
  });
  portal.show(view);
  await listening;
  home = /http:\S+/.exec(lines.join())?.[0] ?? '';
  port = Number(new URL(home).port);
});
afterEach(() => portal.show(undefined));

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly type: string;
  readonly body: string;
}

function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body: string | Buffer = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers, agent: false };
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => {
        const { location = '', 'content-type': type = '' } = response.headers;
        resolve({ status: response.statusCode ?? 0, location, type, body: text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const token = async () => /name="token" value="(\w+)"/.exec((await ask('/')).body)?.[1] ?? '';
const post = async (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask('/join', { ...form, ...headers }, 'POST', new URLSearchParams(fields).toString());

test('the page lists what was heard, the best first, and no name can be more than text', async () => {
  const { status, body, type } = await ask('/');
  expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
  expect(body.indexOf('Home')).toBeLessThan(body.indexOf('&#60;b&#62;\ufffd'));
  expect(body).not.toContain('<b>');
});

test('whatever a phone asks for to see whether it is on the internet leads to the page, and the API says so (RFC 8908)', async () => {
  for (const [path, host] of [
    ['/generate_204', 'connectivitycheck.gstatic.com'],
    ['/hotspot-detect.html', 'captive.apple.com'],
    ['/', 'evil.example'],
    ['/anything', `${hostname}:${port}`],
  ] as const)
    expect(await ask(path, { Host: host })).toMatchObject({ status: 302, location: home });
  const { type, body } = await ask('/api');
  expect([type, JSON.parse(body)]).toEqual(['application/captive+json', { captive: true, 'user-portal-url': home }]);
});

test('a choice is reported with its passphrase kept apart, and no line has the passphrase', async () => {
  const answer = await post(
    { token: await token(), ssid: hex('Home'), passphrase: 'correct hörse & +' },
    { Origin: home.slice(0, -1) },
  );
  expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/Connecting to <b>Home<\/b>/) });
  expect(told).toEqual([]);
  clock.advance(300);
  expect(told).toEqual([{ kind: 'onboard', ssid: hex('Home'), passphrase: { secret: 1 } }]);
  expect(kept[0]?.reveal()).toBe('correct hörse & +');
  expect(lines.join()).not.toContain('correct');
  const { body } = await ask('/');
  expect(body).toMatch(/http-equiv="refresh".*Connecting to <b>Home<\/b>/);
  portal.show({ ...view, failure: 'The passphrase is wrong.' });
  expect((await ask('/')).body).toContain('The passphrase is wrong.');
});

test('an open network needs no passphrase, and one that is entered goes nowhere', async () => {
  await post({ token: await token(), ssid: hex('<b>\x07'), passphrase: 'not needed' });
  clock.advance(300);
  expect([told, kept]).toEqual([[{ kind: 'onboard', ssid: hex('<b>\x07') }], []]);
});

test.each<[string, Record<string, string>, Record<string, string>, number, RegExp]>([
  ['from the page of another site', {}, { Origin: 'http://evil.example' }, 403, /Refused/],
  ['without our token', { token: '0'.repeat(32) }, {}, 403, /too old/],
  ['that is no form', {}, { 'Content-Type': 'text/plain' }, 415, /Refused/],
  ['of a network that is not in range', { ssid: hex('Elsewhere') }, {}, 400, /No such network/],
  ['without a network', { ssid: '' }, {}, 400, /Choose a network/],
  ['without the passphrase', { passphrase: '' }, {}, 400, /has a passphrase/],
  ['with a short passphrase', { passphrase: 'short' }, {}, 400, /8 to 63/],
  ['with a line break in it', { passphrase: 'correct\nhorse' }, {}, 400, /8 to 63/],
  ['that is too long', { passphrase: 'x'.repeat(3000) }, {}, 413, /Refused/],
])('a form %s is refused', async (_, fields, headers, status, text) => {
  const answer = await post(
    { token: await token(), ssid: hex('Home'), passphrase: 'correct horse', ...fields },
    headers,
  );
  expect(answer.status).toBe(status);
  expect(answer.body).toMatch(text);
  clock.advance(1000);
  expect(told).toEqual([]);
});

test('a form to another name of this machine is not read (DNS rebinding)', async () => {
  const answer = await post(
    { token: await token(), ssid: hex('Home'), passphrase: 'correct horse' },
    { Host: 'evil.example' },
  );
  expect([answer.status, told]).toEqual([302, []]);
});

test('bytes that are no form in UTF-8, a field twice, a percent sign alone are no choice', () => {
  const ssid = `ssid=${hex('Home')}`;
  const bad = [
    Buffer.from(`${ssid}&passphrase=\xff\xfe\xff\xff\xff\xff\xff\xff`, 'latin1'),
    ...[
      `${ssid}&passphrase=%`,
      `${ssid}&passphrase=%ff%ff%ff%ff%ff%ff%ff%ff`,
      `${ssid}&${ssid}`,
      `${ssid}=&x=1`,
      '',
    ].map((text) => Buffer.from(text)),
    Buffer.from(`ssid=${'41'.repeat(33)}`),
  ];
  expect(bad.map((body) => readForm(body).ok)).toEqual(bad.map(() => false));
  expect(readForm(Buffer.from(`${ssid}&passphrase=${'a1'.repeat(32)}`))).toMatchObject({ ok: true });
});

test('what is no HTTP is cut off, and the page goes with the access point', async () => {
  const closed = new Promise<void>((resolve) => {
    const socket = connect(port, hostname, () => socket.write('\x16\x03\x01\x02\x00 no http\r\n\r\n'));
    socket.on('close', () => resolve());
    socket.on('error', () => {});
    socket.resume();
  });
  await closed;
  portal.show(undefined);
  await expect(ask('/')).rejects.toThrow(/ECONNREFUSED/);
});
