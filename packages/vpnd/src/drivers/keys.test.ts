/** Every key that ConnMan has for a kind of VPN, and what the program is given for it (contract, "vpn_config"). */
import { Secret } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { xl2tpdConfiguration } from './l2tp/configuration';
import { commonArguments, loginArguments } from './openconnect/arguments';
import { openVpnArguments } from './openvpn/arguments';
import { deviceType } from './openvpn/configuration-file';
import { pppOptions } from './ppp/options';
import { pptpCommand } from './pptp/driver';
import { vpncArguments, vpncConfiguration } from './vpnc/configuration';

const openVpn = (settings: ReadonlyMap<string, string>) =>
  openVpnArguments({
    ...{ host: 'vpn.example', settings, interfaceName: 'vpn0', deviceType: deviceType(settings, '') },
    ...{ managementSocket: '/m', callbackSocket: '/c', callbackProgram: '/p' },
  }).join(' ');

test.each([
  ['OpenVPN.CACert', '/ca.crt', '--ca /ca.crt'],
  ['OpenVPN.Cert', '/a.crt', '--cert /a.crt'],
  ['OpenVPN.Key', '/a.key', '--key /a.key'],
  ['OpenVPN.MTU', '1400', '--tun-mtu 1400'],
  ['OpenVPN.NSCertType', 'server', '--ns-cert-type server'],
  ['OpenVPN.Proto', 'tcp', '--proto tcp'],
  ['OpenVPN.Port', '443', '--port 443'],
  ['OpenVPN.AuthUserPass', '/user', '--auth-user-pass /user'],
  ['OpenVPN.AuthUserPass', '-', '--auth-user-pass --'],
  ['OpenVPN.AskPass', '/phrase', '--askpass /phrase'],
  ['OpenVPN.AuthNoCache', 'true', '--auth-nocache'],
  ['OpenVPN.TLSAuth', '/ta.key', '--tls-auth /ta.key'],
  ['OpenVPN.TLSCipher', 'DEFAULT', '--tls-cipher DEFAULT'],
  ['OpenVPN.Cipher', 'AES-256-CBC', '--cipher AES-256-CBC'],
  ['OpenVPN.Auth', 'SHA256', '--auth SHA256'],
  ['OpenVPN.CompLZO', 'adaptive', '--comp-lzo adaptive'],
  ['OpenVPN.RemoteCertTls', 'server', '--remote-cert-tls server'],
  ['OpenVPN.ConfigFile', '/etc/a.ovpn', '--config /etc/a.ovpn'],
  ['OpenVPN.DeviceType', 'tap', '--dev-type tap'],
  ['OpenVPN.Verb', '5', '--verb 5'],
  ['OpenVPN.Ping', '20', '--ping 20'],
  ['OpenVPN.PingExit', '30', '--ping-exit 30'],
  ['OpenVPN.RemapUsr1', 'SIGTERM', '--remap-usr1 SIGTERM'],
])('%s=%s is %s', (key, value, expected) => {
  expect(openVpn(new Map([[key, value]]))).toContain(expected);
});

test.each([
  ['vpn.example', '--verify-x509-name vpn.example name-prefix'],
  ['/C=DE/O=Example/CN=vpn.example', '--verify-x509-name C=DE, O=Example, CN=vpn.example subject'],
  ['C=DE, CN=vpn.example', '--verify-x509-name C=DE, CN=vpn.example subject'],
])('OpenVPN.TLSRemote=%s is not the option that OpenVPN 2.4 has dropped', (name, expected) => {
  const text = openVpn(new Map([['OpenVPN.TLSRemote', name]]));
  expect(text).toContain(expected);
  expect(text).not.toContain('--tls-remote');
});

test.each([
  ['OpenConnect.CACert', '/ca.pem', '--cafile /ca.pem'],
  ['OpenConnect.DisableIPv6', 'true', '--disable-ipv6'],
  ['OpenConnect.Protocol', 'gp', '--protocol gp'],
  ['OpenConnect.NoHTTPKeepalive', 'true', '--no-http-keepalive'],
  ['OpenConnect.NoDTLS', 'true', '--no-dtls'],
  ['VPN.MTU', '1300', '--base-mtu 1300'],
])('%s=%s is %s, in both halves', (key, value, expected) => {
  const settings = new Map([[key, value]]);
  expect(commonArguments(settings).join(' ')).toBe(expected);
  expect(loginArguments(settings).join(' ')).toBe(expected);
});

test.each([
  ['OpenConnect.ServerCert', 'pin-sha256:abc', '', '--servercert pin-sha256:abc'],
  ['OpenConnect.Usergroup', 'staff', '', '--usergroup staff'],
  ['OpenConnect.Group', 'office', '', '--authgroup office'],
  ['OpenConnect.ClientCert', '/a.crt', 'publickey', '--certificate /a.crt'],
  ['OpenConnect.UserPrivateKey', '/a.key', 'publickey', '--sslkey /a.key'],
  ['OpenConnect.PKCSClientCert', '/a.p12', 'pkcs', '--certificate /a.p12'],
])('%s=%s with the AuthType "%s" is %s at the login', (key, value, type, expected) => {
  const settings = new Map([
    ['OpenConnect.AuthType', type],
    [key, value],
  ]);
  expect(loginArguments(settings).join(' ')).toBe(expected);
});

test.each([
  ['VPNC.IPSec.ID', 'office', 'IPSec ID office'],
  ['VPNC.IKE.Authmode', 'hybrid', 'IKE Authmode hybrid'],
  ['VPNC.IKE.DHGroup', 'dh5', 'IKE DH Group dh5'],
  ['VPNC.PFS', 'nopfs', 'Perfect Forward Secrecy nopfs'],
  ['VPNC.Domain', 'CORP', 'Domain CORP'],
  ['VPNC.Vendor', 'netscreen', 'Vendor netscreen'],
  ['VPNC.LocalPort', '500', 'Local Port 500'],
  ['VPNC.CiscoPort', '10000', 'Cisco UDP Encapsulation Port 10000'],
  ['VPNC.AppVersion', 'Cisco 5.0', 'Application version Cisco 5.0'],
  ['VPNC.NATTMode', 'natt', 'NAT Traversal Mode natt'],
  ['VPNC.DPDTimeout', '60', 'DPD idle timeout (our side) 60'],
  ['VPNC.SingleDES', 'true', 'Enable Single DES'],
  ['VPNC.NoEncryption', 'true', 'Enable no encryption'],
])('%s=%s is the line "%s"', (key, value, expected) => {
  expect(vpncConfiguration(new Map([[key, value]]), 'vpn.example', new Map()).split('\n')).toContain(expected);
});

test.each([
  ['VPNC.DeviceType', 'tap', '--ifmode tap'],
  ['VPNC.Debug', '2', '--debug 2'],
])('%s=%s is vpnc’s %s', (key, value, expected) => {
  expect(vpncArguments(new Map([[key, value]]), 'vpn0', '/p').join(' ')).toContain(expected);
});

test.each([
  ['PPTP.IdleWait', '30', '--idle-wait 30'],
  ['PPTP.MaxEchoWait', '40', '--max-echo-wait 40'],
])('%s=%s is pptp’s %s', (key, value, expected) => {
  expect(pptpCommand(new Map([[key, value]]), '192.0.2.1')).toContain(expected);
});

const xl2tpd = (settings: ReadonlyMap<string, string>) => {
  const [global = '', lac = ''] = xl2tpdConfiguration(settings, 'vpn.example', '/options').split('[lac l2tp]');
  return { global: global.split('\n'), lac: lac.split('\n') };
};

test.each([
  ['L2TP.AccessControl', 'no', 'access control = no'],
  ['L2TP.AuthFile', '/secrets', 'auth file = /secrets'],
  ['L2TP.ForceUserSpace', 'yes', 'force userspace = yes'],
  ['L2TP.ListenAddr', '192.0.2.7', 'listen-addr = 192.0.2.7'],
  ['L2TP.Rand Source', 'dev', 'rand source = dev'],
  ['L2TP.IPsecSaref', 'yes', 'ipsec saref = yes'],
  ['L2TP.Port', '1701', 'port = 1701'],
])('%s=%s is "%s" of all tunnels', (key, value, expected) => {
  expect(xl2tpd(new Map([[key, value]])).global).toContain(expected);
});

test.each([
  ['L2TP.BPS', '1000', 'bps = 1000'],
  ['L2TP.TXBPS', '1000', 'tx bps = 1000'],
  ['L2TP.RXBPS', '1000', 'rx bps = 1000'],
  ['L2TP.LengthBit', 'yes', 'length bit = yes'],
  ['L2TP.Challenge', 'yes', 'challenge = yes'],
  ['L2TP.DefaultRoute', 'yes', 'defaultroute = yes'],
  ['L2TP.FlowBit', 'yes', 'flow bit = yes'],
  ['L2TP.TunnelRWS', '8', 'tunnel rws = 8'],
  ['L2TP.Autodial', 'no', 'autodial = no'],
  ['L2TP.Redial', 'no', 'redial = no'],
  ['L2TP.RedialTimeout', '30', 'redial timeout = 30'],
  ['L2TP.MaxRedials', '3', 'max redials = 3'],
  ['L2TP.RequirePAP', 'yes', 'require pap = yes'],
  ['L2TP.RequireCHAP', 'no', 'require chap = no'],
  ['L2TP.ReqAuth', 'yes', 'require authentication = yes'],
])('%s=%s is "%s" of the tunnel', (key, value, expected) => {
  expect(xl2tpd(new Map([[key, value]])).lac).toContain(expected);
});

const pppd = (key: string, value: string) =>
  pppOptions({
    settings: new Map([[key, value]]),
    ...{ interfaceName: 'vpn0', server: '203.0.113.1' as IpAddress, callbackSocket: '/c', callbackProgram: '/p' },
    ...{ username: new Secret('alice'), password: new Secret('wonder') },
  }).split('\n');

test.each([
  ['PPPD.EchoFailure', '3', 'lcp-echo-failure 3'],
  ['PPPD.EchoInterval', '20', 'lcp-echo-interval 20'],
  ['PPPD.Debug', 'true', 'debug'],
  ['PPPD.RefuseEAP', 'true', 'refuse-eap'],
  ['PPPD.RefusePAP', 'true', 'refuse-pap'],
  ['PPPD.RefuseCHAP', 'true', 'refuse-chap'],
  ['PPPD.RefuseMSCHAP', 'true', 'refuse-mschap'],
  ['PPPD.RefuseMSCHAP2', 'true', 'refuse-mschap-v2'],
  ['PPPD.NoBSDComp', 'true', 'nobsdcomp'],
  ['PPPD.NoPcomp', 'true', 'nopcomp'],
  ['PPPD.UseAccomp', 'true', 'noaccomp'],
  ['PPPD.NoDeflate', 'true', 'nodeflate'],
  ['PPPD.ReqMPPE', 'true', 'require-mppe'],
  ['PPPD.ReqMPPE40', 'true', 'require-mppe-40'],
  ['PPPD.ReqMPPE128', 'true', 'require-mppe-128'],
  ['PPPD.ReqMPPEStateful', 'true', 'mppe-stateful'],
  ['PPPD.RequirMPPE', 'true', 'require-mppe'],
  ['PPPD.RequirMPPE40', 'true', 'require-mppe-40'],
  ['PPPD.RequirMPPE128', 'true', 'require-mppe-128'],
  ['PPPD.RequirMPPEStateful', 'true', 'mppe-stateful'],
  ['PPPD.NoVJ', 'true', 'novj'],
])('%s=%s is pppd’s "%s"', (key, value, expected) => {
  expect(pppd(key, value)).toContain(expected);
});
