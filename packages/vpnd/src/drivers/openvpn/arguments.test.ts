import { openVpnArguments } from './arguments';
import { deviceType, namesServer } from './configuration-file';

const run = (settings: Record<string, string>, host = 'vpn.example') =>
  openVpnArguments({
    host,
    settings: new Map(Object.entries(settings)),
    interfaceName: 'vpn0',
    deviceType: deviceType(new Map(Object.entries(settings)), ''),
    managementSocket: '/run/x/management',
    callbackSocket: '/run/x/callback',
    callbackProgram: '/usr/lib/connman/connman-vpn-callback',
  }).join(' ');

test('settings are flags; nothing the daemon depends on can be changed by the configuration file', () => {
  expect(
    run({
      'OpenVPN.CACert': '/ca',
      'OpenVPN.AuthNoCache': 'true',
      'OpenVPN.TLSAuth': '/ta',
      'OpenVPN.TLSAuthDir': '1',
    }),
  ).toBe(
    '--remote vpn.example --ca /ca --auth-nocache --nobind --persist-key --client --tls-auth /ta 1 --ping 10 ' +
      '--ping-restart 60 --dev vpn0 --dev-type tun --persist-tun --route-noexec --ifconfig-noexec --management ' +
      '/run/x/management unix --management-hold --management-query-passwords --verb 3 --auth-retry interact ' +
      '--suppress-timestamps --script-security 2 --setenv CONNMAN_VPN_SOCKET /run/x/callback ' +
      '--up /usr/lib/connman/connman-vpn-callback --up-restart',
  );
  expect(run({ 'OpenVPN.ConfigFile': '/etc/openvpn/work.ovpn', 'OpenVPN.DeviceType': 'tap' }, '')).toMatch(
    /^--cd \/etc\/openvpn --config \/etc\/openvpn\/work.ovpn --dev vpn0 --dev-type tap --persist-tun /,
  );
});

test('no password is ever among the arguments', () => {
  const text = run({
    'OpenVPN.AuthUserPass': '-',
    'OpenVPN.Username': 'alice',
    'OpenVPN.Password': 'hunter2',
    'OpenVPN.PrivateKeyPassword': 'hunter2',
  });
  expect(text).toContain('--auth-user-pass --nobind');
  expect(text).not.toMatch(/hunter2|alice/);
});

test.each([
  ['client\nremote vpn.example 443 tcp-client\n', true],
  ['  remote vpn.example\n', true],
  ['<connection>\nremote a 1194 udp\n</connection>\n', true],
  ['client\nremote-cert-tls server\n# remote vpn.example\n', false],
  ['', false],
])('%j names its server: %s', (file, expected) => {
  expect(namesServer(file)).toBe(expected);
});

test.each([
  ['dev tap\n', {}, 'tap'],
  ['client\ndev tap0\n', {}, 'tap'],
  ['dev office\ndev-type tap\n', {}, 'tap'],
  ['dev tun\n', {}, 'tun'],
  ['# dev tap\n', {}, 'tun'],
  ['dev tun\n', { 'OpenVPN.DeviceType': 'tap' }, 'tap'],
  ['dev tap\n', { 'OpenVPN.DeviceType': 'tun' }, 'tun'],
])('the link of the file %j with the settings %j is a %s', (file, settings, type) => {
  expect(deviceType(new Map(Object.entries(settings)), file)).toBe(type);
});
