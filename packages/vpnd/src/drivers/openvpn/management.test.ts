import { Secret } from '@connman/base';
import {
  challengePassword,
  LineReader,
  parseManagementLine,
  passwordCommand,
  staticChallengePassword,
  usernameCommand,
} from './management';

// As openvpn 2.6.14 says them.
test.each([
  ['>HOLD:Waiting for hold release:0', { kind: 'hold' }],
  [
    '>STATE:1795849472,CONNECTED,SUCCESS,10.8.0.2,10.77.1.1,1194,,',
    { kind: 'state', state: 'CONNECTED', reason: 'SUCCESS' },
  ],
  [
    '>STATE:1795849472,RECONNECTING,ping-restart,,,,,',
    { kind: 'state', state: 'RECONNECTING', reason: 'ping-restart' },
  ],
  [
    ">PASSWORD:Need 'Auth' username/password",
    { kind: 'password-needed', request: { realm: 'Auth', needsUsername: true } },
  ],
  [
    ">PASSWORD:Need 'Private Key' password",
    { kind: 'password-needed', request: { realm: 'Private Key', needsUsername: false } },
  ],
  [
    ">PASSWORD:Need 'Auth' username/password SC:1,Enter the code, please",
    {
      kind: 'password-needed',
      request: { realm: 'Auth', needsUsername: true, challenge: { text: 'Enter the code, please', echo: true } },
    },
  ],
  [">PASSWORD:Verification Failed: 'Auth'", { kind: 'password-refused', realm: 'Auth' }],
  [
    ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:Om01u7Fh4LrGBS7uh0SWmzwabUiGiW6l:Y3Ix:Please enter token PIN']",
    {
      kind: 'password-refused',
      realm: 'Auth',
      challenge: {
        flags: 'R,E',
        stateId: 'Om01u7Fh4LrGBS7uh0SWmzwabUiGiW6l',
        username: 'cr1',
        text: 'Please enter token PIN',
      },
    },
  ],
  ['>LOG:1795849472,W,WARNING: a, b', { kind: 'log', text: 'WARNING: a, b' }],
  ['>FATAL:Cannot open TUN/TAP dev', { kind: 'fatal', text: 'Cannot open TUN/TAP dev' }],
  ['SUCCESS: pid=4711', { kind: 'pid', pid: 4711 }],
  ['SUCCESS: hold release succeeded', undefined],
  ['>INFO:OpenVPN Management Interface Version 5', undefined],
  ['', undefined],
])('%j is understood', (line, event) => {
  expect(parseManagementLine(line)).toEqual(event);
});

test('what a peer may say, cut anywhere and with any character changed, never throws', () => {
  const line = ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:abc:Y3Ix:Please enter token PIN']";
  for (let at = 0; at <= line.length; at++) {
    parseManagementLine(line.slice(0, at));
    for (const character of ["'", ':', ',', '\\', '\0'])
      parseManagementLine(line.slice(0, at) + character + line.slice(at + 1));
  }
});

test('quotes and backslashes in credentials reach openvpn as they are', () => {
  expect(usernameCommand('Auth', 'a "b" \\c')).toBe('username "Auth" "a \\"b\\" \\\\c"\n');
  expect(passwordCommand('Auth', new Secret('x"y'))).toBe('password "Auth" "x\\"y"\n');
});

test('answers to challenges are coded as openvpn wants them', () => {
  expect(staticChallengePassword('pässword', '123456')).toBe('SCRV1:cMOkc3N3b3Jk:MTIzNDU2');
  const challenge = { flags: 'R', stateId: 'abc', username: 'cr1', text: '' };
  expect(challengePassword(challenge, '8675309')).toBe('CRV1::abc::8675309');
});

test('lines come whole however the bytes are cut, and a flood without a newline is dropped', () => {
  const reader = new LineReader();
  const bytes = new TextEncoder().encode('>HOLD:x\r\n>LOG:1,I,ä\n');
  const lines: string[] = [];
  for (const byte of bytes) lines.push(...reader.lines(Uint8Array.of(byte)));
  expect(lines).toEqual(['>HOLD:x', '>LOG:1,I,ä']);
  reader.lines(new Uint8Array(100_000).fill(65));
  expect(reader.lines(new TextEncoder().encode('\nnext\n'))).toEqual(['', 'next']);
});
