/** What main.conf says, as one plain value, and what holds when it says nothing. */

export const technologyTypes = [
  'ethernet',
  'gadget',
  'wifi',
  'cellular',
  'bluetooth',
  'vpn',
  'gps',
  'system',
  'p2p',
] as const;
export type TechnologyType = (typeof technologyTypes)[number];

export type OnlineCheckMode = 'none' | 'one-shot' | 'continuous';

/** DNS over TLS (RFC 7858), as the DNS proxy's contract has it. */
export type DnsOverTlsMode = 'off' | 'opportunistic' | 'strict';

/** The hardware address that a network sees: the device's own, one of that network, or another one each time. */
export type MacAddressPolicy = 'permanent' | 'stable' | 'random';
export const macAddressPolicies = ['permanent', 'stable', 'random'] as const satisfies readonly MacAddressPolicy[];

/** How a component runs: inside connmand, or as a program of its own on the bus. */
export type Hosting = 'hosted' | 'bus';

/** The keys of [General], each under its name with a small first letter. */
export interface GeneralSettings {
  readonly backgroundScanning: boolean;
  readonly fallbackTimeservers: readonly string[];
  /** For `parseNameserver`: IPv4 or IPv6 addresses, some with the name of their certificate. */
  readonly fallbackNameservers: readonly string[];
  readonly defaultAutoConnectTechnologies: readonly TechnologyType[];
  readonly defaultFavoriteTechnologies: readonly TechnologyType[];
  readonly alwaysConnectedTechnologies: readonly TechnologyType[];
  readonly preferredTechnologies: readonly TechnologyType[];
  /** Seconds. */
  readonly inputRequestTimeout: number;
  /** Seconds. */
  readonly browserLaunchTimeout: number;
  /** Prefixes of interface names. */
  readonly networkInterfaceBlacklist: readonly string[];
  readonly allowHostnameUpdates: boolean;
  readonly allowDomainnameUpdates: boolean;
  readonly singleConnectedTechnology: boolean;
  readonly tetheringTechnologies: readonly TechnologyType[];
  readonly persistentTetheringMode: boolean;
  /** An interface name; empty for a bridge of our own. */
  readonly tetheringBridge: string;
  readonly tetheringThrough: boolean;
  /** Seconds; 0 never. */
  readonly onboardingAfter: number;
  /** Empty: the host's name. */
  readonly onboardingName: string;
  /** Empty: none. */
  readonly onboardingPassphrase: string;
  readonly enable6to4: boolean;
  /** DHCP option 60; undefined sends none. */
  readonly vendorClassID: string | undefined;
  /** Deprecated; folded into onlineCheckMode. */
  readonly enableOnlineCheck: boolean;
  /** Deprecated; folded into onlineCheckMode. */
  readonly enableOnlineToReadyTransition: boolean;
  readonly onlineCheckMode: OnlineCheckMode;
  readonly onlineCheckIPv4URL: string;
  readonly onlineCheckIPv6URL: string;
  /** Seconds, may be fractional; 0 sets none. */
  readonly onlineCheckConnectTimeout: number;
  /** Index of the first pause; the style says how many seconds an index means. */
  readonly onlineCheckInitialInterval: number;
  /** Index of the last pause, which then repeats. */
  readonly onlineCheckMaxInterval: number;
  readonly onlineCheckIntervalStyle: 'geometric' | 'fibonacci';
  readonly onlineCheckFailuresThreshold: number;
  readonly onlineCheckSuccessesThreshold: number;
  readonly autoConnectRoamingServices: boolean;
  readonly addressConflictDetection: boolean;
  readonly useGatewaysAsTimeservers: boolean;
  /** Path. */
  readonly localtime: string;
  readonly regdomFollowsTimezone: boolean;
  /** Path; undefined means the run-time folder's resolv.conf, '' and '/dev/null' that none is written. */
  readonly resolvConf: string | undefined;
  readonly dNSOverTLS: DnsOverTlsMode;
  /** For `parseNameserver`, each with a name. */
  readonly dNSOverTLSServerNames: readonly string[];
  /** Path; undefined means the certificates that come with Node.js. */
  readonly dNSOverTLSCAFile: string | undefined;
  /** Of Wi-Fi networks that are new. */
  readonly mACAddressPolicy: MacAddressPolicy;
  readonly randomScanAddress: boolean;
  readonly iPv6StableAddresses: boolean;
  readonly verifiedUplinks: boolean;
  /** Path; empty for none. */
  readonly metricsSocket: string;
  readonly networkManagerCompat: boolean;
}

/** The keys of [Components], which ConnMan does not know and only warns about. */
export interface ComponentSettings {
  readonly dhcp: Hosting;
  /** systemd-resolved: there is none. */
  readonly dnsProxy: Hosting | 'systemd-resolved';
  readonly ntp: Hosting;
}

export interface MainSettings extends GeneralSettings {
  readonly components: ComponentSettings;
}

export const defaultMainSettings: MainSettings = {
  backgroundScanning: true,
  fallbackTimeservers: [],
  fallbackNameservers: [],
  defaultAutoConnectTechnologies: ['ethernet', 'wifi', 'cellular'],
  defaultFavoriteTechnologies: ['ethernet'],
  alwaysConnectedTechnologies: [],
  preferredTechnologies: [],
  inputRequestTimeout: 120,
  browserLaunchTimeout: 300,
  networkInterfaceBlacklist: ['vmnet', 'vboxnet', 'virbr', 'ifb', 've-', 'vb-', 'ham'],
  allowHostnameUpdates: true,
  allowDomainnameUpdates: true,
  singleConnectedTechnology: false,
  tetheringTechnologies: ['wifi', 'bluetooth', 'gadget'],
  persistentTetheringMode: false,
  tetheringBridge: '',
  tetheringThrough: false,
  onboardingAfter: 0,
  onboardingName: '',
  onboardingPassphrase: '',
  enable6to4: false,
  vendorClassID: undefined,
  enableOnlineCheck: true,
  enableOnlineToReadyTransition: false,
  onlineCheckMode: 'one-shot',
  onlineCheckIPv4URL: 'http://ipv4.connman.net/online/status.html',
  onlineCheckIPv6URL: 'http://ipv6.connman.net/online/status.html',
  onlineCheckConnectTimeout: 0,
  onlineCheckInitialInterval: 1,
  onlineCheckMaxInterval: 12,
  onlineCheckIntervalStyle: 'geometric',
  onlineCheckFailuresThreshold: 6,
  onlineCheckSuccessesThreshold: 6,
  autoConnectRoamingServices: false,
  addressConflictDetection: false,
  useGatewaysAsTimeservers: false,
  localtime: '/etc/localtime',
  regdomFollowsTimezone: false,
  resolvConf: undefined,
  dNSOverTLS: 'off',
  dNSOverTLSServerNames: [],
  dNSOverTLSCAFile: undefined,
  mACAddressPolicy: 'permanent',
  randomScanAddress: false,
  iPv6StableAddresses: false,
  verifiedUplinks: true,
  metricsSocket: '',
  networkManagerCompat: false,
  components: { dhcp: 'hosted', dnsProxy: 'hosted', ntp: 'hosted' },
};
