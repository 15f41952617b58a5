import { commonArguments, loginArguments } from './arguments';
import {
  isComplaint,
  isMessage,
  isRefusal,
  isSecondFactor,
  labelOf,
  parseAssignment,
  questionOf,
} from './login-output';

// As openconnect 9.01 asks them.
test.each([
  ['Username:', 'username'],
  ['Password:', 'password'],
  ['GROUP: [staff|guests]:', 'group'],
  ["Enter 'yes' to accept, 'no' to abort; anything else to view: ", 'certificate'],
  ['Enter PKCS#12 pass phrase:', 'key-passphrase'],
  ['Enter PIN:', 'key-passphrase'],
  ['Challenge: ', 'other'],
  ['Second Password:', 'password'],
  ['Enter the code from your token:', 'other'],
  ['Pass', undefined],
  ['Connected to 10.77.1.1:443', undefined],
  ['', undefined],
])('%j asks for %s', (prompt, question) => {
  expect(questionOf(prompt)).toBe(question);
});

test('what it prints for a shell is read as a shell would', () => {
  expect(parseAssignment("COOKIE='openconnect_strapkey=A; webvpn=B'")).toEqual([
    'COOKIE',
    'openconnect_strapkey=A; webvpn=B',
  ]);
  expect(parseAssignment("HOST='it'\\''s'")).toEqual(['HOST', "it's"]);
  expect(parseAssignment('POST https://10.77.1.1/')).toBeUndefined();
});

test('a question that follows another on its line is told from it', () => {
  expect(labelOf('Password: ')).toBe('Password:');
  expect(labelOf('Password:Second Password:')).toBe('Second Password:');
  expect(labelOf('')).toBe('');
});

test('what the server says to the user is told from what openconnect says of the connection', () => {
  expect(isMessage('Enter the code of your token')).toBe(true);
  for (const line of ['POST https://10.77.1.1/', 'Connected to 10.77.1.1:443', 'SSL negotiation with x', 'Password: '])
    expect(isMessage(line)).toBe(false);
});

test('a second factor under the label of the password is told from the password asked for again', () => {
  for (const message of ['Please enter your OTP password.', 'Enter the code of your token', 'One-time password'])
    expect(isSecondFactor(message)).toBe(true);
  for (const message of ['Please enter your password.', 'Please try again.', ''])
    expect(isSecondFactor(message)).toBe(false);
});

test('the reason is kept, not the line that only says that it failed', () => {
  expect(isComplaint('Unexpected 404 result from server')).toBe(true);
  expect(isComplaint('Failed to complete authentication')).toBe(false);
});

test('a refused login is told from other complaints', () => {
  expect(isRefusal('Login failed.')).toBe(true);
  expect(isRefusal('Failed to open HTTPS connection')).toBe(false);
});

test('settings are flags of both halves or of the login alone, and no secret is among them', () => {
  const settings = new Map([
    ['OpenConnect.Protocol', 'gp'],
    ['OpenConnect.CACert', '/ca'],
    ['VPN.MTU', '1300'],
    ['OpenConnect.NoDTLS', 'true'],
    ['OpenConnect.DisableIPv6', 'yes'],
    ['OpenConnect.AuthType', 'publickey'],
    ['OpenConnect.ClientCert', '/crt'],
    ['OpenConnect.UserPrivateKey', '/key'],
    ['OpenConnect.Group', 'staff'],
    ['OpenConnect.Password', 'hunter2'],
    ['OpenConnect.Cookie', 'hunter2'],
  ]);
  expect(commonArguments(settings).join(' ')).toBe(
    '--protocol gp --cafile /ca --base-mtu 1300 --no-dtls --certificate /crt --sslkey /key',
  );
  const login = loginArguments(settings).join(' ');
  expect(login).toMatch(/ --certificate \/crt --sslkey \/key --authgroup staff$/);
  expect(login).not.toMatch(/hunter2/);
});
