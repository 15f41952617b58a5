// A TLS server that speaks as much of GlobalProtect, Fortinet, Juniper, F5 or Pulse as a login takes, for want of real ones.
// GlobalProtect's and Pulse's go on to a tunnel that answers pings. It prints each request it gets.
//
//   node fake-gateway.mjs gp|fortinet|nc|f5|pulse CERTIFICATE KEY
//
// alice logs in with "wonder land", and with the code 123456 where a second factor is asked for.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { pulse } from './fake-pulse.mjs';

const [protocol, cert, key] = process.argv.slice(2);
const page = (body, headers = [], status = '200 OK') => ({ status, headers, body });
const form = (name, button, fields) =>
  page(
    `<html><body><form name="${name}" id="${name}" action="${name === 'auth_form' ? '/my.policy' : 'login.cgi'}" method="post">` +
      fields.map(([type, field]) => `<input type="${type}" name="${field}">`).join('') +
      `<input type="submit" name="${button}" value="Sign In"></form></body></html>`,
  );
const isAlice = (fields, user, password) => fields.get(user) === 'alice' && fields.get(password) === 'wonder land';
const isCode = (text) => text === '123456';

/** By protocol: what a request is answered with. */
const answers = {
  gp(path, fields) {
    if (path.endsWith('/prelogin.esp'))
      return page('<prelogin-response><status>Success</status><panos-version>1</panos-version></prelogin-response>');
    if (path.endsWith('/login.esp')) {
      const challenge = page(
        'var respStatus = "Challenge";\nvar respMsg = "Enter the code of your token";\nthisForm.inputStr.value = "7";\n',
      );
      if (fields.get('inputStr') !== '7' && isAlice(fields, 'user', 'passwd')) return challenge;
      if (!isCode(fields.get('passwd'))) return page('', [], '512 Custom error');
      const values = ['', 'a-cookie', 'none', 'gate', 'alice', 'local', 'vsys1', '(empty_domain)', '', '', '', ''];
      const words = [...values, 'tunnel', '-1', '4100', ''].map((value) => `<argument>${value}</argument>`);
      return page(`<jnlp><application-desc>${words.join('')}</application-desc></jnlp>`);
    }
    if (path.endsWith('/getconfig.esp'))
      return page(
        '<response status="success"><ip-address>10.5.0.2</ip-address><netmask>255.255.255.255</netmask><mtu>1300</mtu>' +
          '<ssl-tunnel-url>/ssl-tunnel-connect.sslvpn</ssl-tunnel-url><dns><member>10.5.0.1</member></dns>' +
          '<access-routes><member>10.5.0.0/24</member></access-routes></response>',
      );
    if (path.endsWith('/hipreportcheck.esp'))
      return page('<response status="success"><hip-report-needed>no</hip-report-needed></response>');
    return undefined;
  },
  fortinet(path, fields) {
    if (path === '/') return page('', ['Location: /remote/login?lang=en'], '302 Found');
    if (path.startsWith('/remote/login?')) return page('<html></html>');
    if (path !== '/remote/logincheck') return undefined;
    if (isCode(fields.get('code'))) return page('ret=1', ['Set-Cookie: SVPNCOOKIE=a-cookie; path=/; secure; httponly']);
    return isAlice(fields, 'username', 'credential')
      ? page(
          'ret=2,reqid=1,polid=1-1-1,grp=staff,portal=web,magic=1-2,tokeninfo=email,chal_msg=Enter the code of your token',
        )
      : page('ret=0', [], '405 Denied');
  },
  nc(path, fields) {
    if (path === '/')
      return form('frmLogin', 'btnSubmit', [
        ['text', 'username'],
        ['password', 'password'],
      ]);
    if (path === '/dana/home/index.cgi') return page('<html></html>');
    if (path !== '/login.cgi') return undefined;
    if (isCode(fields.get('response')))
      return page('', ['Set-Cookie: DSID=a-cookie; path=/; secure', 'Location: /dana/home/index.cgi'], '302 Found');
    return isAlice(fields, 'username', 'password')
      ? form('frmDefender', 'btnAction', [['password', 'response']])
      : answers.nc('/', fields);
  },
  f5(path, fields) {
    if (path === '/')
      return form('auth_form', 'submit', [
        ['text', 'username'],
        ['password', 'password'],
      ]);
    if (path !== '/my.policy') return undefined;
    return isAlice(fields, 'username', 'password')
      ? page('', [
          'Set-Cookie: MRHSession=a-cookie; path=/; secure',
          'Set-Cookie: F5_ST=1z1z1z1700000000z86400; path=/',
        ])
      : answers.f5('/', fields);
  },
};

/** Frames of GlobalProtect's tunnel: eight bytes of header with the length, eight more, an IPv4 packet. Pings come back. */
function tunnel(socket) {
  socket.write('START_TUNNEL');
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 16 && rest.length >= 16 + rest.readUInt16BE(6)) {
      const frame = Buffer.from(rest.subarray(0, 16 + rest.readUInt16BE(6)));
      rest = rest.subarray(frame.length);
      if (frame.length > 36 && frame[16 + 9] === 1 && frame[16 + 20] === 8) echo(frame.subarray(16));
      socket.write(frame);
    }
  });
}

/** Makes an echo request the reply to it. */
function echo(packet) {
  const [source, destination] = [Buffer.from(packet.subarray(12, 16)), Buffer.from(packet.subarray(16, 20))];
  destination.copy(packet, 12);
  source.copy(packet, 16);
  packet[20] = 0;
  const sum = packet.readUInt16BE(22) + 0x0800;
  packet.writeUInt16BE((sum & 0xffff) + (sum >> 16), 22);
}

createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
  let text = '';
  socket.on('error', () => {});
  const hear = (bytes) => {
    text += bytes.toString('latin1');
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      // Juniper's client sends the body of its tunnel's request when it has the answer.
      const length = text.startsWith('POST /dana/js') ? 0 : Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      const [line, ...headers] = text.slice(0, end).split('\r\n');
      const body = text.slice(end + 4, end + 4 + length);
      text = text.slice(end + 4 + length);
      const cookie = headers.find((header) => /^(cookie|upgrade):/i.test(header)) ?? '';
      process.stdout.write(`${line} ${cookie} ${body}\n`);
      const [, path = ''] = line.split(' ');
      if (path.startsWith('/ssl-tunnel-connect.sslvpn')) {
        socket.off('data', hear);
        return tunnel(socket);
      }
      if (protocol === 'pulse') {
        socket.off('data', hear);
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        return pulse(socket, Buffer.from(text, 'latin1'), echo);
      }
      const answer = answers[protocol](path.replace(/^(\/ssl-vpn\/[^?]*).*/, '$1'), new URLSearchParams(body));
      const { status, headers: more, body: content } = answer ?? page('', [], '404 Not Found');
      socket.write(
        [
          `HTTP/1.1 ${status}`,
          ...more,
          `Content-Length: ${content.length}`,
          'Content-Type: text/html',
          '',
          content,
        ].join('\r\n'),
      );
    }
  };
  socket.on('data', hear);
}).listen(443, () => process.stdout.write('listening\n'));
