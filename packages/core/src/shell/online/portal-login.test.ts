import { err, ok, Secret } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { WebRequest, WebResponse } from '@connman/ports';
import { readPortalStatus } from './portal-api';
import { findLoginForm, logIn } from './portal-login';
import { ServiceWeb } from './service-web';

const address = parseIp('203.0.113.80') as IpAddress;
const message = (content: string) => `<WISPAccessGatewayParam>${content}</WISPAccessGatewayParam>`;
const coded = (type: number, code: number, more = '') =>
  message(`<MessageType>${type}</MessageType><ResponseCode>${code}</ResponseCode>${more}`);

/** A web whose pages are these, by URL. A text is a page; anything else is what the answer is besides. */
function webOf(pages: Readonly<Record<string, string | Partial<WebResponse>>>) {
  const requests: WebRequest[] = [];
  const web = {
    fetch: async (request: WebRequest) => {
      requests.push(request);
      const page = pages[request.url.href];
      if (page === undefined) return err('connection refused');
      const response = { status: 200, location: '', contentType: 'text/html', body: '' };
      return ok(typeof page === 'string' ? { ...response, body: page } : { ...response, ...page });
    },
  };
  const resolve = () => ({ result: Promise.resolve(ok([address])), cancel: () => {} });
  const path = { interfaceName: 'eth0', nameservers: [address], tls: 'off', family: 4 } as const;
  const service = new ServiceWeb({ web, resolve, version: '1.2.3' }, path, new AbortController().signal);
  return { service, requests };
}

const start = new URL('http://check.test/');
const login = 'https://portal.test/login';
const redirectTo = (location: string) => ({ status: 302, location });

test('the form is found behind redirects, by the link and as a program that speaks WISPr', async () => {
  const { service, requests } = webOf({
    'http://check.test/': redirectTo('https://portal.test/welcome'),
    'https://portal.test/welcome': coded(100, 0, `<LoginURL>${login}</LoginURL>`),
  });
  expect(await findLoginForm(service, start)).toEqual({ url: login });
  expect(requests[0]).toMatchObject({
    addresses: [address],
    interfaceName: 'eth0',
    headers: { 'User-Agent': 'ConnMan/1.2.3 wispr' },
  });
});

test('the form is found in the body of a redirect, and where a proxy message leads', async () => {
  const { service } = webOf({
    'http://check.test/': { ...redirectTo('/x'), body: coded(110, 0, '<NextURL>http://next.test/</NextURL>') },
    'http://next.test/': coded(100, 0, `<LoginURL>${login}</LoginURL>`),
  });
  expect(await findLoginForm(service, start)).toEqual({ url: login });
});

test.each([
  ['that takes the password in the clear', coded(100, 0, '<LoginURL>http://portal.test/login</LoginURL>')],
  ['without a URL', coded(100, 0)],
  ['that reports a fault', coded(100, 105, `<LoginURL>${login}</LoginURL>`)],
  ['of proxies in a circle', coded(110, 0, '<NextURL>http://check.test/</NextURL>')],
  ['without a message', '<html>log in</html>'],
])('a portal %s is for a browser', async (_, page) => {
  const { service } = webOf({ 'http://check.test/': page });
  expect(await findLoginForm(service, start)).toBeUndefined();
});

const logInAt = (pages: Parameters<typeof webOf>[0]) => {
  const { service, requests } = webOf(pages);
  const credentials = { username: 'guest', password: new Secret('se&same') };
  return { requests, outcome: logIn(service, { url: login }, credentials, start.href) };
};

test('name and password are posted to the form; code 50 is the internet (rule 133)', async () => {
  const { outcome, requests } = logInAt({ [login]: coded(120, 50) });
  expect(await outcome).toEqual({ kind: 'accepted' });
  const [{ form } = {}] = requests;
  expect(form?.toString()).toBe(
    'UserName=guest&Password=se%26same&button=Login&FNAME=0&OriginatingServer=http%3A%2F%2Fcheck.test%2F',
  );
});

test('a redirect after the form is followed without name and password', async () => {
  const { outcome, requests } = logInAt({
    [login]: redirectTo('http://portal.test/done'),
    'http://portal.test/done': coded(120, 50),
  });
  expect(await outcome).toEqual({ kind: 'accepted' });
  expect(requests.map(({ form }) => form !== undefined)).toEqual([true, false]);
});

test('a login that is pending is asked for until it is decided', async () => {
  const results = '<LoginResultsURL>https://portal.test/poll</LoginResultsURL>';
  const { outcome } = logInAt({ [login]: coded(120, 201, results), 'https://portal.test/poll': coded(140, 50) });
  expect(await outcome).toEqual({ kind: 'accepted' });
});

test.each([
  [coded(120, 100, '<ReplyMessage>unknown room</ReplyMessage>'), { kind: 'refused', reason: 'unknown room' }],
  [coded(120, 100), { kind: 'refused', reason: 'name or password is wrong' }],
  [coded(120, 105), { kind: 'failed', reason: 'WISPr code 105' }],
  [coded(120, 201), { kind: 'failed', reason: 'WISPr code 201' }],
  [coded(100, 0), { kind: 'failed', reason: 'WISPr message 100 instead of the result' }],
  ['<html>', { kind: 'failed', reason: 'portal.test sent HTTP status 200 without a WISPr message' }],
])('the answer %j is %j', async (page, expected) => {
  expect(await logInAt({ [login]: page }).outcome).toEqual(expected);
});

test('a portal that cannot be reached fails the login; the reason holds no secret', async () => {
  const outcome = await logInAt({}).outcome;
  expect(outcome).toEqual({ kind: 'failed', reason: 'portal.test: connection refused' });
});

test.each<[string, unknown]>([
  [
    '{"captive":true,"user-portal-url":"https://example.org/portal.html","venue-info-url":"https://x/","can-extend-session":true}',
    { isCaptive: true, userPortalUrl: 'https://example.org/portal.html' },
  ],
  ['{"captive":false,"seconds-remaining":326}', { isCaptive: false, sessionMs: 326_000 }],
  ['{"captive":true,"user-portal-url":"javascript:alert(1)"}', { isCaptive: true }],
  ['{"captive":false,"seconds-remaining":1e99}', { isCaptive: false }],
])('the API of RFC 8908 section 5 says %s', (body, expected) => {
  expect(readPortalStatus(body)).toEqual({ ok: true, value: expected });
});

test.each(['', '[]', '{"captive":"yes"}', '<html>'])('%j is nothing that the API says', (body) => {
  expect(readPortalStatus(body).ok).toBe(false);
});
