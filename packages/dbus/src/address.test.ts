import { parseAddresses, systemBusAddress } from './address';
import { Handshake, handshakeOpening } from './handshake';

test.each([
  ['unix:path=/run/dbus/system_bus_socket', ['/run/dbus/system_bus_socket']],
  ['unix:path=/a,guid=00ff', ['/a']],
  ['unix:abstract=/tmp/dbus-x', ['\0/tmp/dbus-x']],
  ['unix:path=/a;unix:path=/b;', ['/a', '/b']],
  ['tcp:host=localhost,port=1;unix:path=/b', ['/b']],
  ['unix:runtime=yes;unix:path=/b', ['/b']],
  ['unix:path=/with%20space%2fand%c3%b6', ['/with space/andö']],
])('%s names its sockets in order', (text, sockets) => {
  expect(parseAddresses(text)).toEqual({ ok: true, value: sockets });
});

test.each([
  '',
  'unix',
  'unix:',
  'tcp:host=a',
  ':path=/a',
  'unix:path',
  'unix:path=/a b',
  'unix:path=%2',
  'unix:path=/a%00',
])('"%s" is refused', (text) => {
  expect(parseAddresses(text).ok).toBe(false);
});

test('the system bus is where the environment says, or where it always is', () => {
  expect(systemBusAddress({ DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/x' })).toBe('unix:path=/x');
  expect(systemBusAddress({})).toBe('unix:path=/var/run/dbus/system_bus_socket');
});

const answers = 'DATA\r\nOK 1234deadbeef\r\nAGREE_UNIX_FD\r\nl\u0001';

test('the handshake is said at once and its answers are read however they are cut', () => {
  expect(Buffer.from(handshakeOpening(true)).toString()).toBe(
    '\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n',
  );
  const end = answers.length - 2;
  for (let cut = 0; cut <= end; cut++) {
    const handshake = new Handshake(true);
    const first = handshake.feed(Buffer.from(answers.slice(0, cut)));
    const step = first.kind === 'more' ? handshake.feed(Buffer.from(answers.slice(cut))) : first;
    const consumed = first.kind === 'more' ? end - cut : end;
    expect(step).toEqual({ kind: 'done', consumed, guid: '1234deadbeef', fdsAgreed: true });
  }
});

test('a bus that carries no descriptors is used without', () => {
  const step = new Handshake(true).feed(Buffer.from('DATA\r\nOK 1\r\nERROR "no"\r\n'));
  expect(step).toMatchObject({ kind: 'done', fdsAgreed: false });
  expect(new Handshake(false).feed(Buffer.from('DATA\r\nOK 1\r\n'))).toMatchObject({ kind: 'done', fdsAgreed: false });
});

test.each([
  ['REJECTED EXTERNAL\r\n', 'does not accept this user'],
  ['OK\n', 'carriage return'],
  ['HELLO\r\n', 'HELLO'],
  ['DATA\r\nDATA\r\n', 'DATA'],
  ['x'.repeat(20_000), 'endless line'],
])('the answer %j ends the handshake', (text, reason) => {
  const step = new Handshake(true).feed(Buffer.from(text));
  expect(step.kind === 'failed' && step.reason).toContain(reason);
});
