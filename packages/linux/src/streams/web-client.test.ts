import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { type IpAddress, parseIp } from '@connman/inet';
import type { WebRequest } from '@connman/ports';
import { enterVethNamespace, type VethPair } from '../../test/veth';
import { bootClock } from '../clock/clock';
import { createStreamPort } from './stream-port';
import { createWebClient } from './web-client';

const web = createWebClient(createStreamPort(bootClock));
const loopback = parseIp('127.0.0.1') as IpAddress;

let pair: VethPair;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  pair = enterVethNamespace();
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  pair.namespace.leave();
});

const fetch = (over: Partial<WebRequest> = {}, signal = new AbortController().signal, path = '/page?x=1') =>
  web.fetch(
    {
      url: new URL(`http://portal.test:${(server.address() as AddressInfo).port}${path}`),
      addresses: [loopback],
      interfaceName: 'lo',
      headers: { 'User-Agent': 'test' },
      timeoutMs: 5_000,
      maxBodyBytes: 1000,
      ...over,
    },
    signal,
  );

test('a page comes with what matters of its head', async () => {
  answer = ({ url, headers }, response) => {
    response.writeHead(302, { Location: '/next', 'Content-Type': 'Text/HTML; charset=utf-8' });
    response.end(`${url} ${headers.host?.replace(/\d+/, 'PORT')} ${headers['user-agent']}`);
  };
  expect(await fetch()).toEqual({
    ok: true,
    value: { status: 302, location: '/next', contentType: 'text/html', body: '/page?x=1 portal.test:PORT test' },
  });
});

test('a form is posted', async () => {
  answer = (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end(`${request.method} ${request.headers['content-type']} ${body}`));
  };
  const form = new URLSearchParams({ UserName: 'a b', Password: 'ä&' });
  const body = 'POST application/x-www-form-urlencoded UserName=a+b&Password=%C3%A4%26';
  expect(await fetch({ form })).toMatchObject({ ok: true, value: { body } });
});

test('no more of a page is read than is wanted', async () => {
  answer = (_, response) => {
    response.on('error', () => {});
    response.end('x'.repeat(1_000_000));
  };
  expect(await fetch()).toMatchObject({ ok: true, value: { body: 'x'.repeat(1000) } });
});

test('the second address is asked where the first refuses', async () => {
  answer = (_, response) => response.end('here');
  const refusing = parseIp('127.0.0.2') as IpAddress;
  expect(await fetch({ addresses: [refusing, loopback] })).toMatchObject({ ok: true, value: { body: 'here' } });
});

test.each<[what: string, over: Partial<WebRequest>, error: RegExp]>([
  ['no address takes the connection', { addresses: [parseIp('127.0.0.2') as IpAddress] }, /ECONNREFUSED/],
  ['the interface does not exist', { interfaceName: 'nowhere0' }, /nowhere0|ENODEV|no such device/i],
  ['the server is silent', { timeoutMs: 50 }, /no answer within 0.05 s/],
])('it is an error where %s', async (_, over, error) => {
  answer = () => {};
  expect(await fetch(over)).toEqual({ ok: false, error: expect.stringMatching(error) });
});

test('what is not HTTP, or not TLS where it should be, is an error', async () => {
  answer = (request) => request.socket.end('SSH-2.0-nothing\r\n');
  expect((await fetch()).ok).toBe(false);
  const { port } = server.address() as AddressInfo;
  expect((await fetch({ url: new URL(`https://portal.test:${port}/`) })).ok).toBe(false);
});

test('it ends when it is aborted', async () => {
  const controller = new AbortController();
  answer = () => controller.abort();
  expect(await fetch({}, controller.signal)).toEqual({ ok: false, error: 'cancelled' });
});
