/** The keys of main.conf: what each takes, and its effect as the manual describes it. */
import { boolean, type Fields, flag, integer, nameservers, number, text, texts, word, words } from './fields';
import { type ComponentSettings, type GeneralSettings, macAddressPolicies, technologyTypes } from './main-settings';

type Keys<T> = Fields<{ readonly [K in keyof T & string as Capitalize<K>]: T[K] }>;

const int32Max = 0x7fffffff;
const wholeSeconds = { least: 0, most: int32Max, expected: 'whole seconds, 0 or more' };
const positive = { least: 1, most: int32Max, expected: 'a whole number, 1 or more' };

const seconds = (description: string) => integer(wholeSeconds, description);
const count = (description: string) => integer(positive, description);
const names = (description: string) => texts(',', description);
const technologies = (description: string) => words(',', technologyTypes, description);

export const generalFields: Keys<GeneralSettings> = {
  BackgroundScanning: boolean(
    'Scan for wifi networks from time to time while not connected, and for better access points while connected.',
  ),
  FallbackTimeservers: names(
    'Names or addresses of NTP servers, asked last: after those of the service, of its gateway and of Clock.Timeservers. ' +
      '`nts:time.example` is asked with Network Time Security (RFC 8915) only.',
  ),
  FallbackNameservers: nameservers(
    ',',
    { named: false },
    'Addresses of DNS servers, used when no service brings any; a #NAME behind one is as in DNSOverTLSServerNames.',
  ),
  DefaultAutoConnectTechnologies: technologies(
    'Services of these technologies connect by themselves unless their AutoConnect says otherwise.',
  ),
  DefaultFavoriteTechnologies: technologies(
    'Services of these technologies count as favorite without ever having been connected.',
  ),
  AlwaysConnectedTechnologies: technologies(
    'Services of these technologies connect by themselves even when another service is connected.',
  ),
  PreferredTechnologies: technologies(
    'Which technology is connected first and holds the default route, the most preferred first.',
  ),
  InputRequestTimeout: seconds('How long an agent may take to answer a request for input, in seconds.'),
  BrowserLaunchTimeout: seconds('How long an agent may take to answer a request to open a browser, in seconds.'),
  NetworkInterfaceBlacklist: names(
    'Interfaces whose names start with one of these are not managed. Setting it replaces the default list.',
  ),
  AllowHostnameUpdates: flag('A DHCP server may set the name of this host.'),
  AllowDomainnameUpdates: flag('A DHCP server may set the domain of this host.'),
  SingleConnectedTechnology: flag('Keep one service connected at a time, VPNs aside: the one that connected last.'),
  TetheringTechnologies: technologies('Technologies on which tethering may be switched on.'),
  PersistentTetheringMode: flag('Remember across restarts that tethering is on.'),
  TetheringBridge: text(
    'A bridge of the machine that clients of a shared connection are put into, in place of a bridge `tether` that is made for them. It has to exist, and is never removed.',
  ),
  TetheringThrough: flag(
    'With TetheringBridge: clients are in the network which that bridge leads to, and get addresses, names and the way out from there. Nothing is served or translated here.',
  ),
  OnboardingAfter: seconds(
    'Without a connection for so many seconds the machine becomes a Wi-Fi access point with a page, which lists the networks in range, takes the passphrase of one, and joins it. A phone that joins the access point is led to the page. The access point goes when the machine is connected. 0: never. Wi-Fi has to be switched on, and TetheringTechnologies does not matter.',
  ),
  OnboardingName: text('Name of that access point. Unset: the name of the host.'),
  OnboardingPassphrase: text(
    'Passphrase of that access point, 8 to 63 characters. Unset: anyone can join it, and read the passphrase that is entered on its page off the air. Let root alone read the file. iwd makes no access point without one.',
  ),
  Enable6to4: flag('Make a 6to4 tunnel (RFC 3056) when the IPv4 address is a public one.'),
  VendorClassID: text('Vendor class identifier sent to DHCP servers (option 60). Unset sends none.'),
  EnableOnlineCheck: flag('Deprecated: false means OnlineCheckMode none.'),
  EnableOnlineToReadyTransition: flag('Deprecated: true means OnlineCheckMode continuous.'),
  OnlineCheckMode: word(
    ['none', 'one-shot', 'continuous'],
    'How the default service is checked for reaching the Internet: not at all, until the first success, or without end.',
  ),
  OnlineCheckIPv4URL: text('Fetched over IPv4 by the online check; an http URL.'),
  OnlineCheckIPv6URL: text('Fetched over IPv6 by the online check; an http URL.'),
  OnlineCheckConnectTimeout: number(
    { least: 0, expected: 'seconds, 0 or more', otherwise: 0 },
    'How long the online check waits for its TCP connection, in seconds; may be fractional, 0 sets no limit of its own.',
  ),
  OnlineCheckInitialInterval: count(
    'Number of the first pause between online checks; OnlineCheckIntervalStyle says how many seconds a number means.',
  ),
  OnlineCheckMaxInterval: count('Number of the longest pause between online checks, which then repeats.'),
  OnlineCheckIntervalStyle: word(
    ['geometric', 'fibonacci'],
    'How the number of a pause becomes seconds: its square, or the Fibonacci number at that place.',
  ),
  OnlineCheckFailuresThreshold: count(
    'In continuous mode: failures in a row after which an online service falls back to ready.',
  ),
  OnlineCheckSuccessesThreshold: count(
    'In continuous mode: successes in a row after which a service that had fallen back is trusted again.',
  ),
  AutoConnectRoamingServices: flag('Services may connect by themselves while roaming.'),
  AddressConflictDetection: flag(
    'Probe whether an IPv4 address is in use by another host before taking it (RFC 5227).',
  ),
  UseGatewaysAsTimeservers: flag('Ask gateways for the time as well.'),
  Localtime: text('File that holds the time zone.'),
  RegdomFollowsTimezone: flag('Derive the wifi regulatory domain from the time zone.'),
  ResolvConf: text(
    'File that gets the name servers. Unset: resolv.conf in the run-time folder, or /etc/resolv.conf where that fails. Empty or /dev/null: none is written.',
  ),
  DNSOverTLS: word(
    ['off', 'opportunistic', 'strict'],
    'How name servers are queried: in the clear; over TLS where they offer it, else in the clear; over TLS or not at all. DNSOverTLS in the settings file of a service overrides it for that service.',
  ),
  DNSOverTLSServerNames: nameservers(
    ',',
    { named: true },
    'The name that the certificate of the name server at an address must carry, whatever configured the server. A server that is not listed must have its address in its certificate. Counts with DNSOverTLS strict.',
  ),
  DNSOverTLSCAFile: text(
    'File of certificates (PEM) that DNSOverTLS strict trusts. Unset: those that come with Node.js.',
  ),
  MACAddressPolicy: word(
    macAddressPolicies,
    'The hardware address that Wi-Fi networks see which are new: that of the radio, one that each network always sees, or another one for each connection. A service keeps what it began with; `connmanctl config SERVICE --mac-address` changes it.',
  ),
  RandomScanAddress: flag(
    'Scans show a random hardware address while the radio is not connected, where it can. iwd does so in its own scans in any case.',
  ),
  IPv6StableAddresses: flag(
    'The addresses that are made of what IPv6 routers advertise end with a number that each service has for itself, drawn from a secret of this machine (RFC 7217), in place of the hardware address. Beside temporary ones, where IPv6.Privacy asks for those. Addresses of services that are known change with it. What an administrator has set with addr_gen_mode stands.',
  ),
  VerifiedUplinks: flag(
    'Of several connected services, those that were shown to lead to the internet come first: in the order of services, and for the default route of IPv4 and of IPv6, also if PreferredTechnologies or a user prefers another one. false: as ConnMan orders them. Without online checks (OnlineCheckMode none) it has no effect.',
  ),
  MetricsSocket: text(
    'Path of a Unix socket that answers HTTP requests with the counters of `connmanctl metrics`, for a collector of OpenMetrics. Unset: none. Root and its group read it.',
  ),
  NetworkManagerCompat: flag(
    'Programs that know NetworkManager alone find its name and State on the bus (ConnMan: built with nmcompat). Needs the optional part networkmanager.',
  ),
};

const hosting = ['hosted', 'bus'] as const;

export const componentFields: Keys<ComponentSettings> = {
  Dhcp: word(hosting, 'Where the DHCP client runs: inside connmand, or as the program connman-dhcp on the bus.'),
  DnsProxy: word(
    [...hosting, 'systemd-resolved'],
    'Where the DNS proxy runs: inside connmand, or as the program connman-dnsproxyd on the bus. systemd-resolved: there is no proxy, and systemd-resolved gets the name servers and domains of each link; connmand writes no resolv.conf then.',
  ),
  Ntp: word(hosting, 'Where the NTP client runs: inside connmand, or as the program connman-ntp on the bus.'),
};
