// A captive portal over TLS: the API of RFC 8908 at /api, a page at /welcome with a WISPr message in it, and a form at /login
// that takes the name "guest" with the password "sesame".
//
// usage: portal-server.mjs KEY CERTIFICATE; prints a line per request. A line on standard input is what /api says from then on.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';

const [, , key, cert] = process.argv;
let status = '{"captive":true,"user-portal-url":"https://portal.example/user"}';

createInterface({ input: process.stdin }).on('line', (line) => {
  status = line;
  console.log(`saying ${line}`);
});

const wispr = (kind, type, code, more = '') =>
  `<html><!--<?xml version="1.0"?><WISPAccessGatewayParam><${kind}><MessageType>${type}</MessageType>` +
  `<ResponseCode>${code}</ResponseCode>${more}</${kind}></WISPAccessGatewayParam>--></html>`;

const pages = {
  '/api': () => ({ type: 'application/captive+json', body: status }),
  '/welcome': () => ({
    body: wispr('Redirect', 100, 0, '<LoginURL>https://portal.example/login?room=12&amp;x=1</LoginURL>'),
  }),
  '/login': (form) => {
    const right = form.get('UserName') === 'guest' && form.get('Password') === 'sesame';
    console.log(`login ${right ? 'accepted' : 'refused'}`);
    return { body: wispr('AuthenticationReply', 120, right ? 50 : 100, '<ReplyMessage>no such guest</ReplyMessage>') };
  },
};

createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { pathname } = new URL(request.url, 'https://portal.example');
    console.log(`${request.method} ${request.url} accept=${request.headers.accept}`);
    const page = pages[pathname]?.(new URLSearchParams(body));
    response.writeHead(page ? 200 : 404, { 'Content-Type': page?.type ?? 'text/html' });
    response.end(page?.body);
  });
}).listen(443, '0.0.0.0', () => console.log('listening'));
