import { err, OsError, ok, type Result } from '@connman/base';
import type { DnsTlsMode } from '@connman/contracts';
import { type Family, type IpAddress, parseIp } from '@connman/inet';
import type { WebClient, WebResponse } from '@connman/ports';
import { type FakeStream, FakeStreams, ManualClock } from '@connman/testkit';
import type { CheckOutcome, CheckRequest } from '../../model/online/online-machine';
import { onlineChecker } from './http-check';
import type { ResolveFailure } from './resolve';

const ip = (text: string) => parseIp(text) as IpAddress;
const server = ip('203.0.113.80');
const other = ip('203.0.113.81');

function rig(hosts: Record<string, readonly IpAddress[] | ResolveFailure> = {}, connectTimeoutMs = 0) {
  const clock = new ManualClock();
  const streams = new FakeStreams();
  const results: CheckOutcome[] = [];
  const asked: unknown[] = [];
  const logged: string[] = [];
  const known: typeof hosts = { 'check.example': [server], ...hosts };
  const lookUp = (host: string): Result<readonly IpAddress[], ResolveFailure> => {
    const found = known[host] ?? { reason: `${host}: no such name`, transient: false };
    return 'reason' in found ? { ok: false, error: found } : { ok: true, value: found };
  };
  const resolve = (host: string, ...rest: [Family, readonly IpAddress[], string, DnsTlsMode]) => {
    asked.push([host, ...rest]);
    return { result: Promise.resolve(lookUp(host)), cancel: () => {} };
  };
  /** What PAC files answer, by link and URL. */
  const pac = new Map<string, string>();
  const pages = new Map<string, Partial<WebResponse>>();
  const fetched: string[] = [];
  const web: WebClient = {
    fetch: async ({ url: { href } }) => {
      fetched.push(href);
      const page = pages.get(href);
      return page ? ok({ status: 200, location: '', contentType: '', body: '', ...page }) : err('connection refused');
    },
  };
  /** What the API of the network says of its portal. */
  const apiSays = (status: object) =>
    pages.set('https://api.example/', { contentType: 'application/captive+json', body: JSON.stringify(status) });
  const checker = onlineChecker({
    web,
    log: { info: (line) => logged.push(line) },
    streams,
    clock,
    resolve,
    version: '1.2.3',
    findProxy: async ({ url, interfaceName, fetchScript }) => {
      const script = await fetchScript();
      return script.ok ? pac.get(`${interfaceName} ${url.href} ${script.value}`) : script.error;
    },
    connectTimeoutMs,
    later: (callback) => callback(),
  });
  const check = async (over: Partial<CheckRequest> = {}) => {
    const request: CheckRequest = {
      checkId: 7,
      family: 4,
      url: 'http://check.example/online/status.html',
      interfaceName: 'eth0',
      nameservers: [ip('192.0.2.53')],
      tls: 'off',
      ...over,
    };
    checker.check(request, (outcome) => results.push(outcome));
    expect(results).toEqual([]);
    await settle();
  };
  const last = () => streams.streams.at(-1) as FakeStream;
  /** The peer takes the newest connection and answers. */
  const reply = async (...lines: string[]) => {
    last().open();
    last().receive(`${lines.join('\r\n')}\r\n\r\n`);
    await settle();
  };
  const outcome = () => results[0];
  return { pac, pages, fetched, logged, apiSays, clock, streams, results, asked, checker, check, last, reply, outcome };
}

/** Lets every promise that is settled call back. */
async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

test('online: the name is asked of the service’s servers, the page by the service’s link, and nothing stays open', async () => {
  const { check, last, asked, outcome, clock, results } = rig();
  await check({ localAddress: ip('192.0.2.9'), tls: 'strict' });
  expect(asked).toEqual([['check.example', 4, ['192.0.2.53'], 'eth0', 'strict']]);
  expect(last().options).toMatchObject({ address: server, port: 80, interfaceName: 'eth0', localAddress: '192.0.2.9' });
  expect(last().options.timeoutMs).toBeUndefined();
  last().open();
  expect(last().written).toBe(
    'GET /online/status.html HTTP/1.1\r\nHost: check.example\r\nUser-Agent: ConnMan/1.2.3 wispr\r\n' +
      'Accept: */*\r\nConnection: close\r\n\r\n',
  );
  last().receive('HTTP/1.1 200 OK\r\nX-ConnMan-Status: online\r\n\r\n<html>');
  expect(outcome()).toEqual({ kind: 'online' });
  expect([last().closed, clock.pending, results.length]).toEqual([true, 0, 1]);
});

test('no timer has to ring on the way to online', async () => {
  const { check, reply, outcome, clock } = rig();
  await check();
  await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
  expect([outcome(), clock.now()]).toEqual([{ kind: 'online' }, 0]);
});

test('a check of full size sends more than a packet holds; a server that refuses the length is asked again without', async () => {
  const { check, last, reply, outcome } = rig();
  await check({ isFullSize: true });
  last().open();
  expect(last().written.length).toBeGreaterThan(1500);
  expect(last().written).toMatch(/\r\nX-Padding: x+\r\n\r\n$/);
  last().receive('HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n');
  await settle();
  expect(outcome()).toBeUndefined();
  await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
  expect(last().written.length).toBeLessThan(300);
  expect(outcome()).toEqual({ kind: 'online' });
});

test('OnlineCheckConnectTimeout bounds the connection', async () => {
  const { check, last } = rig({}, 1500);
  await check();
  expect(last().options.timeoutMs).toBe(1500);
});

test.each([200, 511])('status %i without the header is a portal', async (status) => {
  const { check, reply, outcome } = rig();
  await check();
  await reply(`HTTP/1.1 ${status} X`);
  expect(outcome()).toEqual({ kind: 'portal', url: 'http://check.example/online/status.html' });
});

test.each([204, 400, 404, 408, 500])('status %i is a failure', async (status) => {
  const { check, reply, outcome } = rig();
  await check();
  await reply(`HTTP/1.1 ${status} X`, 'X-ConnMan-Status: online');
  const reason = `http://check.example/online/status.html: HTTP status ${status}`;
  expect(outcome()).toEqual({ kind: 'failure', reason, transient: false });
});

test.each([300, 301, 302, 303, 307, 308])('a redirect %i to another page is followed', async (status) => {
  const { check, reply, outcome, last, asked } = rig({ 'portal.example': [other] });
  await check();
  await reply(`HTTP/1.1 ${status} Moved`, 'Location: http://portal.example:8080/login?from=a b');
  expect(asked).toHaveLength(2);
  expect(last().options).toMatchObject({ address: other, port: 8080, interfaceName: 'eth0' });
  last().open();
  expect(last().written).toContain('GET /login?from=a%20b HTTP/1.1\r\nHost: portal.example:8080\r\n');
  await reply('HTTP/1.1 200 OK');
  expect(outcome()).toEqual({ kind: 'portal', url: 'http://portal.example:8080/login?from=a%20b' });
});

test('a redirect may be relative and may lead to online', async () => {
  const { check, reply, outcome, last } = rig();
  await check();
  await reply('HTTP/1.1 302 Found', 'Location: ../there');
  last().open();
  expect(last().written).toContain('GET /there HTTP/1.1');
  last().receive('HTTP/1.1 200 OK\r\nX-ConnMan-Status: online\r\n\r\n');
  expect(outcome()).toEqual({ kind: 'online' });
});

test.each([
  ['https://portal.example/login', 'https://portal.example/login'],
  ['javascript:alert(1)', 'http://check.example/online/status.html'],
  ['file:///etc/passwd', 'http://check.example/online/status.html'],
  ['http://[', 'http://check.example/online/status.html'],
])('a redirect to %s is for a browser', async (location, url) => {
  const { check, reply, outcome } = rig();
  await check();
  await reply('HTTP/1.1 302 Found', `Location: ${location}`);
  expect(outcome()).toEqual({ kind: 'portal', url });
});

test('redirects in a circle end as a portal', async () => {
  const { check, reply, outcome, streams } = rig();
  await check();
  for (let i = 0; i < 6; i++) await reply('HTTP/1.1 302 Found', 'Location: /again');
  expect(outcome()).toEqual({ kind: 'portal', url: 'http://check.example/again' });
  expect(streams.streams).toHaveLength(6);
});

test.each(['127.0.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255'])('no one sends us to %s', async (address) => {
  const named = rig({ 'sink.example': [ip(address)] });
  await named.check({ url: 'http://sink.example/' });
  expect(named.outcome()).toMatchObject({ transient: false, reason: expect.stringContaining('is no host') });
  expect(named.streams.streams).toHaveLength(0);
  const redirected = rig();
  await redirected.check();
  await redirected.reply('HTTP/1.1 302 Found', `Location: http://${address}:631/`);
  expect(redirected.outcome()).toMatchObject({ kind: 'failure', reason: expect.stringContaining('is no host') });
});

test.each(['[::1]', '[::]', '[::ffff:127.0.0.1]', '[ff02::1]'])('nor to %s', async (host) => {
  const { check, outcome } = rig();
  await check({ family: 6, url: `http://${host}/` });
  expect(outcome()).toMatchObject({ reason: expect.stringContaining('is no host') });
});

test('an address in the URL is asked for no name, and has to be of the family', async () => {
  const { check, last, asked } = rig();
  await check({ family: 6, url: 'http://[2001:db8::1]:81/' });
  expect(asked).toEqual([]);
  last().open();
  expect(last().options).toMatchObject({ address: '2001:db8::1', port: 81 });
  expect(last().written).toContain('Host: [2001:db8::1]:81\r\n');
  const wrong = rig();
  await wrong.check({ url: 'http://[2001:db8::1]/' });
  expect(wrong.outcome()).toMatchObject({ kind: 'failure', reason: expect.stringContaining('no IPv4 address') });
});

test.each(['https://check.example/', 'nonsense', ''])('the URL %j of main.conf cannot be checked', async (url) => {
  const { check, outcome } = rig();
  await check({ url });
  expect(outcome()).toMatchObject({ kind: 'failure', reason: expect.stringContaining('not an http URL') });
});

test('a name that is not found is a failure, transient if the resolver says so', async () => {
  const { check, outcome } = rig({ 'check.example': { reason: 'no route', transient: true } });
  await check();
  expect(outcome()).toEqual({
    kind: 'failure',
    reason: 'http://check.example/online/status.html: no route',
    transient: true,
  });
});

test('a first packet that is lost costs a quarter of a second: the address is tried a second time', async () => {
  const { check, last, streams, clock, outcome } = rig();
  await check();
  clock.advance(250);
  expect(streams.streams).toHaveLength(2);
  last().open();
  expect(streams.streams[0]?.closed).toBe(true);
  last().receive('HTTP/1.1 200 OK\r\nX-ConnMan-Status: online\r\n\r\n');
  expect(outcome()).toEqual({ kind: 'online' });
  clock.advance(5000);
  expect([streams.streams.length, clock.pending]).toEqual([2, 0]);
});

test('the next address is tried at once when one refuses', async () => {
  const { check, last, streams, reply, outcome } = rig({ 'check.example': [server, other] });
  await check();
  last().fail('connect', 111);
  expect(streams.streams.map(({ options }) => options.address)).toEqual([server, other]);
  await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
  expect(outcome()).toEqual({ kind: 'online' });
});

test('a host that refuses is not asked twice', async () => {
  const { check, last, streams, outcome } = rig();
  await check();
  last().fail('connect', 111);
  expect(streams.streams).toHaveLength(1);
  expect(outcome()).toMatchObject({
    kind: 'failure',
    transient: false,
    reason: expect.stringContaining('ECONNREFUSED'),
  });
});

test('no route yet is trouble of our own', async () => {
  const { check, streams, outcome } = rig();
  streams.onConnect = () => {
    throw new OsError('connect', 101, 'eth0');
  };
  await check();
  expect(outcome()).toMatchObject({ kind: 'failure', transient: true, reason: expect.stringContaining('ENETUNREACH') });
});

test('a connection that ends or breaks after it was up is a failure of the peer', async () => {
  const ended = rig();
  await ended.check();
  ended.last().open();
  ended.last().end();
  expect(ended.outcome()).toMatchObject({ transient: false, reason: expect.stringContaining('closed the connection') });
  const reset = rig();
  await reset.check();
  reset.last().open();
  reset.last().fail('read', 104);
  expect(reset.outcome()).toMatchObject({ transient: false, reason: expect.stringContaining('ECONNRESET') });
});

test('a server of another protocol is named', async () => {
  const { check, last, outcome } = rig();
  await check();
  last().open();
  last().receive('220 mail.example ESMTP\r\n');
  expect(outcome()).toMatchObject({ reason: expect.stringContaining('203.0.113.80 sent not an HTTP response') });
});

test('a peer that trickles is given ten seconds, and so is one that takes no connection', async () => {
  const { check, last, clock, outcome, streams } = rig();
  await check();
  last().open();
  for (let i = 0; i < 99; i++) {
    last().receive('H');
    clock.advance(100);
  }
  expect(outcome()).toBeUndefined();
  clock.advance(100);
  expect(outcome()).toMatchObject({ kind: 'failure', reason: expect.stringContaining('no answer within 10 s') });
  expect(streams.streams.every((stream) => stream.closed)).toBe(true);
});

test('a check that is cancelled answers nothing, whatever it waited for', async () => {
  const resolving = rig();
  const pending = resolving.check();
  resolving.checker.cancel(7);
  await pending;
  expect(resolving.streams.streams).toHaveLength(0);

  const fetching = rig();
  await fetching.check();
  fetching.checker.cancel(7);
  fetching.checker.cancel(8);
  await fetching.reply('HTTP/1.1 200 OK');
  fetching.clock.advance(20_000);
  expect([fetching.results, fetching.last().closed, fetching.clock.pending]).toEqual([[], true, 0]);
});

describe('where the network has an API for its portal (RFC 8908)', () => {
  const portalApi = 'https://api.example/';
  const wish = { portalApi, wantsDetails: true } as const;
  const userPortalUrl = 'https://portal.example/login';
  const names = { 'api.example': [other] };

  test('the page it names is shown, even if nothing answers the check itself', async () => {
    const { check, apiSays, outcome, streams } = rig(names);
    apiSays({ captive: true, 'user-portal-url': userPortalUrl });
    await check(wish);
    expect(outcome()).toEqual({ kind: 'portal', url: userPortalUrl });
    expect(streams.streams.every(({ closed }) => closed)).toBe(true);
  });

  test('it may close the way although the check gets through', async () => {
    const { check, apiSays, reply, outcome } = rig(names);
    apiSays({ captive: true });
    await check(wish);
    await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
    expect(outcome()).toEqual({ kind: 'portal', url: 'http://check.example/online/status.html' });
  });

  test('it says how long the way is open', async () => {
    const { check, apiSays, reply, outcome } = rig(names);
    apiSays({ captive: false, 'seconds-remaining': 60 });
    await check(wish);
    await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
    expect(outcome()).toEqual({ kind: 'online', sessionMs: 60_000 });
  });

  test('one that cannot be asked is logged, and the check alone decides', async () => {
    const { check, reply, outcome, logged } = rig(names);
    await check(wish);
    await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
    expect(outcome()).toEqual({ kind: 'online' });
    expect(logged).toEqual([`${portalApi}: connection refused; going by the online check alone`]);
  });

  test('it is not asked again each second while the user logs in, but when the way is open', async () => {
    const { check, apiSays, reply, fetched } = rig(names);
    apiSays({ captive: false });
    await check({ portalApi });
    expect(fetched).toEqual([]);
    await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
    expect(fetched).toEqual([portalApi]);
  });
});

test('a portal that is new is looked at for a form that takes name and password (WISPr)', async () => {
  const { check, reply, outcome, pages } = rig();
  pages.set('http://check.example/online/status.html', {
    body:
      '<WISPAccessGatewayParam><MessageType>100</MessageType><ResponseCode>0</ResponseCode>' +
      '<LoginURL>https://portal.example/login</LoginURL></WISPAccessGatewayParam>',
  });
  await check({ wantsDetails: true });
  await reply('HTTP/1.1 200 OK');
  const login = { url: 'https://portal.example/login' };
  expect(outcome()).toEqual({ kind: 'portal', url: 'http://check.example/online/status.html', login });
});

const viaProxy = (servers: string[], excludes: string[] = []): Partial<CheckRequest> => ({
  proxy: { method: 'manual', url: '', servers, excludes },
});
const viaPac: Partial<CheckRequest> = {
  proxy: { method: 'auto', url: 'http://pac.example/', servers: [], excludes: [] },
};

test('with a proxy the check is done through it, its redirects as well (rule 135)', async () => {
  const { check, last, reply, outcome, asked } = rig({ 'proxy.example': [other] });
  await check(viaProxy(['proxy.example:3128']));
  expect(asked).toEqual([['proxy.example', 4, ['192.0.2.53'], 'eth0', 'off']]);
  expect(last().options).toMatchObject({ address: other, port: 3128, interfaceName: 'eth0' });
  last().open();
  const request = 'GET http://check.example/online/status.html HTTP/1.1\r\nHost: check.example\r\n';
  expect(last().written).toContain(request);
  await reply('HTTP/1.1 302 Found', 'Location: http://moved.example:8080/?a=b');
  expect(last().options).toMatchObject({ address: other, port: 3128 });
  last().open();
  expect(last().written).toContain('GET http://moved.example:8080/?a=b HTTP/1.1\r\nHost: moved.example:8080\r\n');
  await reply('HTTP/1.1 200 OK', 'X-ConnMan-Status: online');
  expect(outcome()).toEqual({ kind: 'online' });
});

test('a host that is excluded from the proxy is asked directly (rule 135)', async () => {
  const { check, last } = rig({ 'proxy.example': [other] });
  await check(viaProxy(['proxy.example:3128'], ['check.example']));
  expect(last().options).toMatchObject({ address: server, port: 80 });
  last().open();
  expect(last().written).toContain('GET /online/status.html HTTP/1.1');
});

test('what a proxy refuses is a failure that names it', async () => {
  const { check, reply, outcome } = rig({ 'proxy.example': [other] });
  await check(viaProxy(['proxy.example:3128']));
  await reply('HTTP/1.1 407 Proxy Authentication Required');
  const reason = 'http://check.example/online/status.html through proxy proxy.example:3128: HTTP status 407';
  expect(outcome()).toEqual({ kind: 'failure', reason, transient: false });
});

const pacHosts = { 'proxy.example': [other], 'pac.example': [other], 'moved.example': [other] };

test('the proxy that the PAC file of the link names is used; the file is fetched by the link (rule 135)', async () => {
  const { check, last, pages, pac } = rig(pacHosts);
  pages.set('http://pac.example/', { status: 302, location: 'https://moved.example/proxy.pac' });
  pages.set('https://moved.example/proxy.pac', { body: 'script' });
  pac.set('eth0 http://check.example/online/status.html script', 'PROXY proxy.example:3128; DIRECT');
  await check(viaPac);
  expect(last().options).toMatchObject({ address: other, port: 3128 });
});

test.each<[answer: string | undefined, page: Partial<WebResponse> | undefined]>([
  ['DIRECT', { body: 'script' }],
  [undefined, { body: 'script' }],
  ['PROXY proxy.example:3128', { status: 404, body: 'script' }],
  ['PROXY proxy.example:3128', { status: 302, location: 'file:///etc/passwd', body: 'script' }],
  ['PROXY proxy.example:3128', undefined],
])('where a PAC file answers %s, and its server %j, the host is asked directly (rule 135)', async (answer, page) => {
  const { check, last, pages, pac } = rig(pacHosts);
  if (page) pages.set('http://pac.example/', page);
  if (answer) pac.set('eth0 http://check.example/online/status.html script', answer);
  await check(viaPac);
  expect(last().options).toMatchObject({ address: server, port: 80 });
});

test('a check that is cancelled while a PAC file is evaluated opens nothing', async () => {
  const { check, checker, streams, results } = rig();
  const checking = check(viaPac);
  checker.cancel(7);
  await checking;
  expect([streams.streams, results]).toEqual([[], []]);
});
