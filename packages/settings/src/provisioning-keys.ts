/** The keys of a *.config file's [service_*] groups (connman-service.config(5); contract, "service_config"). */
import { dataBudgetPattern } from '@connman/base';
import {
  boolean,
  dataBudgetExpected,
  flag,
  hex,
  pattern,
  routes,
  text,
  texts,
  type ValuesOf,
  wordInAnyCase,
} from './fields';
import { macAddressPolicies } from './main-settings';

export const provisioningFields = {
  Type: wordInAnyCase(['ethernet', 'wifi', 'gadget'], 'The kind of service. Without it the section has no effect.'),
  Name: text('The name of a Wi-Fi network where `SSID` is not given; a label otherwise.'),
  SSID: hex('The SSID of a Wi-Fi network, byte by byte.'),
  MAC: pattern(
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i,
    'an address such as 02:1a:2b:3c:4d:5e',
    'Only the device with this address. Goes before `DeviceName`.',
  ),
  DeviceName: text('Only the device with this interface name.'),
  Hidden: flag('The network does not announce its SSID and is searched for by name.'),
  Security: wordInAnyCase(
    ['psk', 'ieee8021x', '8021x', 'none', 'open', 'wep'],
    'How the network is secured. Found from `EAP` and `Passphrase` where it is not given.',
  ),
  Passphrase: text('The WPA passphrase, WEP key or 802.1X password.'),
  IPv4: text('`dhcp`, `auto`, `off`, or ADDRESS/MASK[/GATEWAY] with a netmask or a prefix length.'),
  IPv6: text('`auto`, `dhcp`, `off`, or ADDRESS/PREFIX[/GATEWAY].'),
  'IPv6.Privacy': wordInAnyCase(['disabled', 'enabled', 'preferred', 'prefered'], 'Temporary addresses (RFC 8981).'),
  Nameservers: texts(',', 'Name servers, in place of those of the network.'),
  SearchDomains: texts(',', 'Search domains.'),
  Timeservers: texts(',', 'Time servers, in place of those of the network.'),
  Domain: text('The domain of the service.'),
  mDNS: boolean('Multicast DNS.'),
  EAP: wordInAnyCase(['tls', 'ttls', 'peap', 'pwd'], 'The method of 802.1X.'),
  CACertFile: text('Path of the certificates that the server must be signed by (PEM or DER).'),
  ClientCertFile: text('Path of the certificate to show, for `tls` (PEM or DER).'),
  PrivateKeyFile: text('Path of its private key (PEM, DER or PFX).'),
  PrivateKeyPassphrase: text('The passphrase of that key.'),
  PrivateKeyPassphraseType: wordInAnyCase(
    ['fsid'],
    '`fsid`: the passphrase is the identifier of the file system that holds the key.',
  ),
  Identity: text('The user, for 802.1X.'),
  AnonymousIdentity: text('The user shown outside the tunnel.'),
  SubjectMatch: text('What the subject of the server certificate must contain.'),
  AltSubjectMatch: text('Alternative names of the server certificate, one of which must match, split by semicolons.'),
  DomainSuffixMatch: text('A domain in which the name of the server must be.'),
  DomainMatch: text('The full name of the server.'),
  Phase2: text('The inner method: `MSCHAPV2`, `PAP`, `GTC`, ..., or `EAP-METHOD`.'),
  MACAddressPolicy: wordInAnyCase(
    macAddressPolicies,
    'The hardware address that a Wi-Fi network sees: that of the radio, one that it always sees, or another one for each connection. Not a key of ConnMan.',
  ),
  DataBudget: pattern(
    dataBudgetPattern,
    dataBudgetExpected,
    'The bytes that the service may carry, `500M` for once or `5G/month` for each calendar month (UTC), units of 1000. When they are used up other services come first, and it stays connected. Not a key of ConnMan.',
  ),
  Routes: routes(
    ',',
    'Static routes of the service, as `192.0.2.0/24 via 10.0.0.1`, or `192.0.2.0/24` for a network on the link. Not a key of ConnMan.',
  ),
};

export type ProvisioningKeys = ValuesOf<typeof provisioningFields>;
