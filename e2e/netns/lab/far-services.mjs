// The servers a test finds behind the cable: port 80 answers the online check, port 7 echoes (RFC 862, TCP and UDP).
//
// Prints a line per request; a line on standard input says how port 80 answers from then on:
// online, portal (a redirect to a login page, and the page), altered (another page in place of ours), authenticate (511), secured (a
// redirect to a page over TLS), missing (404) or silent (accepts, and never answers).
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const answers = {
  // The body stays empty: ConnMan 1.41 overlooks the header when a body comes in the same segment.
  online: 'HTTP/1.1 200 OK\r\nX-ConnMan-Status: online\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  portal:
    'HTTP/1.1 302 Found\r\nLocation: http://gateway.example/login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  altered: 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: close\r\n\r\nBuy!\n',
  authenticate: 'HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  secured:
    'HTTP/1.1 302 Found\r\nLocation: https://portal.example/welcome\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  missing: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  silent: undefined,
};
const page = '<title>Log in</title>';
const login = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`;
let answer = 'online';

createInterface({ input: process.stdin }).on('line', (line) => {
  if (!(line in answers)) return console.log(`unknown answer ${line}`);
  answer = line;
  console.log(`answering ${line}`);
});

const serve = (connection) => {
  let request = '';
  connection.setEncoding('latin1');
  connection.on('error', () => undefined);
  connection.on('data', (chunk) => {
    request += chunk;
    if (!request.includes('\r\n\r\n')) return;
    const header = (name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(request)?.[1] ?? '-';
    const [line] = request.split('\r\n');
    console.log(`${line} host=${header('host')} agent=${header('user-agent')} from=${connection.remoteAddress}`);
    request = '';
    const said = answer === 'portal' && line.startsWith('GET /login ') ? login : answers[answer];
    if (said !== undefined) connection.end(said);
  });
};
const web = createServer(serve);
const web6 = createServer(serve).on('error', (error) => console.log(`no server for IPv6: ${error.message}`));

const echo = createServer((connection) => {
  console.log(`echo: connection from ${connection.remoteAddress}`);
  connection.setNoDelay(true);
  connection.on('error', (error) => console.log(`echo: ${error.code}`));
  connection.on('close', () => console.log('echo: connection closed'));
  connection.pipe(connection);
});

const datagrams = createSocket('udp4');
datagrams.on('message', (message, from) => datagrams.send(message, from.port, from.address));

web6.listen({ port: 80, host: '::', ipv6Only: true });
web.listen(80, '0.0.0.0', () => echo.listen(7, '0.0.0.0', () => datagrams.bind(7, () => console.log('listening'))));
