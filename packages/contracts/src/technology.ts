/**
 * The technology driver: what connmand asks of the part that drives one kind of device, and what that part reports. Wi-Fi,
 * Bluetooth, cellular and VPN are drivers; each is hosted in connmand or is a program on the bus, like the DHCP component.
 *
 * A driver reports facts and carries out commands. It decides nothing: which network to join, when to scan and what to ask the
 * user is connmand's. Commands and events are plain values that survive JSON, so that a recorded conversation replays; the one
 * exception is a `Secret`, which the shell puts into a command on its way out and takes out of an event on its way in.
 */
import type { Secret } from '@connman/base';
import type { IpAddress, MacAddress, Prefix } from '@connman/inet';

export const technologyTypes = ['ethernet', 'wifi', 'bluetooth', 'cellular', 'gadget', 'vpn', 'p2p'] as const;
export type TechnologyType = (typeof technologyTypes)[number];

/** Names a device while its driver knows it. Unique in connmand: begins with the driver's name. */
export type DeviceId = string & { readonly deviceId: unique symbol };
/** Names a network as one device sees it. Unique in connmand: begins with the device's id. */
export type NetworkId = string & { readonly networkId: unique symbol };

export const deviceId = (text: string): DeviceId => text as DeviceId;
export const networkId = (text: string): NetworkId => text as NetworkId;

/**
 * Stands for a secret where events and effects are recorded: a number that is drawn once per secret and says nothing about it.
 * `connmand` keeps the text beside the engine.
 */
export type SecretRef = { readonly secret: number };

export interface DeviceFact {
  readonly id: DeviceId;
  readonly type: TechnologyType;
  /** As it stands in service identifiers: for most types the MAC without colons. */
  readonly ident: string;
  /** Empty while the device has no link. */
  readonly interfaceName: string;
  /** Absent while the device has no link: a modem, a Bluetooth adapter, a VPN that is not connected. */
  readonly ifindex?: number;
  readonly powered: boolean;
  readonly can: DeviceCapabilities;
}

export interface DeviceCapabilities {
  /** Whether `scan` means anything; a device without it reports its networks by itself. */
  readonly scan: boolean;
  /** SSIDs one scan can ask for by name (hidden networks); 0 for none. */
  readonly activeSsids: number;
  /** MHz of all channels, in groups that take a second or two to scan, the busiest band first; absent if not known. */
  readonly scanSteps?: readonly (readonly number[])[];
  readonly tether: boolean;
  /** Its radio finds peers (Wi-Fi Direct), which are the part of another driver. */
  readonly findsPeers?: true;
}

/** How a network is secured, by the names of the Service property Security. */
export type NetworkSecurity = 'none' | 'wep' | 'psk' | 'ieee8021x';

export interface NetworkFact {
  readonly id: NetworkId;
  readonly device: DeviceId;
  /** What of the network goes into the service identifier: `<hex SSID>_managed_psk` for Wi-Fi, `cable` for Ethernet. */
  readonly group: string;
  /** For display; empty if the network hides it. Any Unicode; the bytes are in `wifi.ssid`. */
  readonly name: string;
  /** 0 to 100; absent where it has no meaning. */
  readonly strength?: number;
  /** Of cellular networks. */
  readonly roaming?: boolean;
  readonly wifi?: WifiFacts;
  readonly vpn?: VpnFacts;
  readonly peer?: PeerFacts;
  readonly link: NetworkLink;
}

/** What another machine says of itself (Wi-Fi Direct). */
export interface PeerFacts {
  /** Its information elements of Wi-Fi Display in hexadecimal; empty if it has none. */
  readonly display: string;
}

/** What this machine offers to peers, one of three kinds (the specification of Manager.RegisterPeerService). */
export type PeerService =
  /** Query and response in hexadecimal. */
  | { readonly kind: 'bonjour'; readonly query: string; readonly response: string }
  | { readonly kind: 'upnp'; readonly version: number; readonly service: string }
  /** Information elements in hexadecimal. */
  | { readonly kind: 'display'; readonly elements: string };

/** What a VPN connection is beside its tunnel: the Service property Provider. */
export interface VpnFacts {
  /** As vpn.Connection has it: 'openvpn', 'wireguard', ... */
  readonly type: string;
  readonly host: string;
  readonly domain: string;
  /** Only the tunnel's own networks go through it; false while nothing is known. */
  readonly splitRouting: boolean;
  /** It comes from a *.config file, which alone may change it. */
  readonly immutable: boolean;
  /** Nothing may leave the machine but through the tunnel; `local`: the networks around the machine are reached as well. */
  readonly killSwitch?: 'strict' | 'local';
}

export interface WifiFacts {
  /** The SSID's 0 to 32 bytes in lower-case hexadecimal. */
  readonly ssid: string;
  readonly security: NetworkSecurity;
  /** What the access points offer: WPA3 beside WPA2 (transition mode), opportunistic encryption. */
  readonly offers: readonly ('psk' | 'sae' | 'owe' | 'wps' | 'wps-push-button')[];
  /** MHz, of the access point heard best or in use; 0 where the back end does not say (iwd, of networks it is not in). */
  readonly frequency: number;
  /** Of the same; zeros where the back end does not say. */
  readonly bssid: MacAddress;
}

/**
 * How far a network is. A driver that loses an association it was not told to end, or finds the network out of range, reports
 * `idle` with the `loss` until the network is heard again; one that moves to another access point of the same network stays
 * `up`.
 */
export type NetworkLink =
  | { readonly kind: 'idle'; readonly loss?: LinkLoss }
  | { readonly kind: 'associating'; readonly attempt: number }
  | {
      readonly kind: 'up';
      readonly attempt: number;
      readonly ifindex: number;
      readonly provided?: ProvidedIp;
      /** This machine made the network: it is the one that gives out addresses. */
      readonly isOwner?: true;
    };

export interface LinkLoss {
  /**
   * `by-peer`: the other end let us go; `out-of-range`: it is heard no more; `local`: this machine or its driver ended it;
   * `by-user`: another program ended it for its user, so it is not to be restored.
   */
  readonly cause: 'by-peer' | 'out-of-range' | 'local' | 'by-user';
  /** In words, with the protocol's own code: 'deauthenticated, reason 6'. */
  readonly reason: string;
}

/** IP configuration that comes with the network itself: a VPN's, a modem's. What is absent is found as on a cable. */
export interface ProvidedIp {
  readonly addresses: readonly {
    readonly address: IpAddress;
    readonly prefixLength: number;
    readonly peer?: IpAddress;
  }[];
  /** A gateway that is absent means the destination is on the link. Length 0 is the default route. */
  readonly routes: readonly { readonly destination: Prefix; readonly gateway?: IpAddress }[];
  readonly nameservers: readonly IpAddress[];
  readonly domains: readonly string[];
  /** 0: leave the link's own. */
  readonly mtu: number;
  /** Addresses that must stay reachable over the link below: the tunnel's servers. */
  readonly servers: readonly IpAddress[];
  /** IPv4 comes by DHCP beside it: a modem that brings IPv6 alone. */
  readonly dhcp4?: true;
}

/** Why an attempt to join failed: the values of the Service property Error that a driver can tell apart. */
export type AssociationError =
  /** The network refused the passphrase, PIN or key. Never a time-out, never a refusal for another reason. */
  | 'invalid-key'
  /** The network is not heard, or stopped answering. */
  | 'out-of-range'
  /** The user's identity was refused (802.1X, VPN). */
  | 'auth-failed'
  /** The server's certificate is not the one expected. */
  | 'login-failed'
  /** The network refuses this device. */
  | 'blocked'
  | 'pin-missing'
  /** Anything else; `reason` says what. */
  | 'connect-failed';

/** A value the user is asked for while a network is being joined: a one-time password, a server's question. */
export interface InputField {
  readonly name: string;
  readonly type: 'string' | 'passphrase' | 'response' | 'wpspin';
  readonly requirement: 'mandatory' | 'optional' | 'alternate' | 'informational';
  readonly value?: string;
}

/** `S` is how secrets travel: SecretRef in the engine and in traces, Secret between the shell and the driver. */
export type TechnologyEvent<S = Secret> =
  /** The driver works. What it reported before no longer holds; devices and networks follow. */
  | { readonly kind: 'up' }
  /** It cannot work now, and why, in words. Its devices and networks are gone; it goes on by itself and reports `up` again. */
  | { readonly kind: 'down'; readonly reason: string }
  | { readonly kind: 'device'; readonly device: DeviceFact }
  | { readonly kind: 'device-gone'; readonly device: DeviceId }
  /** All that changed at once: a scan's results arrive as one event. */
  | { readonly kind: 'networks'; readonly changed: readonly NetworkFact[]; readonly gone: readonly NetworkId[] }
  /** The attempt is over; the network's link is idle. */
  | {
      readonly kind: 'failed';
      readonly network: NetworkId;
      readonly attempt: number;
      readonly error: AssociationError;
      /** In words, with the protocol's own code: 'association refused, status 17 (access point is full)'. */
      readonly reason: string;
      /** The user did not want to go on when a program of the driver's asked (rule 181). */
      readonly isCanceled?: true;
    }
  | {
      readonly kind: 'needs-input';
      readonly network: NetworkId;
      readonly attempt: number;
      readonly fields: readonly InputField[];
    }
  /** A peer wants to be joined. Nothing comes of it before `associate`; `dissociate` turns it down. */
  | { readonly kind: 'invited'; readonly network: NetworkId; readonly fields: readonly InputField[] }
  /** The network gave out what later attempts need: a passphrase by WPS, a server certificate seen first. */
  | {
      readonly kind: 'learned';
      readonly network: NetworkId;
      readonly attempt: number;
      readonly passphrase?: S;
      /** SHA-256 of the server's certificate, lower-case hexadecimal. */
      readonly serverCertificate?: string;
      /** Was used: later attempts can demand it (`atLeast`). */
      readonly used?: StrongSecurity;
    }
  | { readonly kind: 'scan-done'; readonly device: DeviceId; readonly ok: boolean }
  /** `reason`: why it is off, in words. */
  | {
      readonly kind: 'tethering';
      readonly device: DeviceId;
      readonly on: boolean;
      readonly ifindex?: number;
      readonly reason?: string;
    }
  /** The switches of this type of radio (rfkill); not blocked if there are none. A hard block is lifted by the user alone. */
  | { readonly kind: 'rfkill'; readonly soft: boolean; readonly hard: boolean }
  /**
   * The network of a device sent the time: seconds since the epoch, now; and the zones that it can mean, the likeliest first. What is
   * absent or empty was not told.
   */
  | {
      readonly kind: 'network-time';
      readonly device: DeviceId;
      readonly seconds?: number;
      readonly timezones: readonly string[];
    }
  | { readonly kind: 'stations'; readonly device: DeviceId; readonly macs: readonly MacAddress[] };

export type TechnologyCommand<S = Secret> =
  | { readonly kind: 'set-powered'; readonly device: DeviceId; readonly powered: boolean }
  | {
      readonly kind: 'scan';
      readonly device: DeviceId;
      /** Networks to ask for by name, hexadecimal; they may be hidden. */
      readonly ssids: readonly string[];
      /** MHz; empty for all. */
      readonly frequencies: readonly number[];
    }
  | { readonly kind: 'stop-scan'; readonly device: DeviceId }
  | Associate<S>
  /** Leave the network, or stop trying to join it. Fine if it is neither. */
  | { readonly kind: 'dissociate'; readonly network: NetworkId }
  | {
      readonly kind: 'answer-input';
      readonly network: NetworkId;
      readonly attempt: number;
      /** Absent: the user gave none, the attempt fails. */
      readonly values?: Readonly<Record<string, S>>;
    }
  | {
      readonly kind: 'set-tethering';
      readonly device: DeviceId;
      /** The links of those who join become its ports; absent: the device shares no longer. */
      readonly bridge?: string;
      /** Of an access point. */
      readonly access?: AccessPoint<S>;
    }
  /** Of a VPN: whether only its own networks go through it (rule 98). */
  | { readonly kind: 'set-split-routing'; readonly network: NetworkId; readonly split: boolean }
  /** All that peers are offered; `isMaster`: this machine wants to be the owner of groups. */
  | {
      readonly kind: 'offer-services';
      readonly device: DeviceId;
      readonly services: readonly PeerService[];
      readonly isMaster: boolean;
    }
  /** ISO 3166-1 alpha-2, upper case; empty for the world's default. */
  | { readonly kind: 'set-country'; readonly country: string };

/**
 * Join a network. Each attempt has a number of its own, which comes back in everything that is reported of it; what is still
 * reported of an earlier one counts no more. A device that is in another network leaves it first.
 */
export interface Associate<S = Secret> {
  readonly kind: 'associate';
  readonly network: NetworkId;
  readonly attempt: number;
  readonly profile: AssociationProfile<S>;
  /** The bus name of the client that asked for it: its own agent is asked first (rule 25). */
  readonly caller?: string;
}

/** The hardware address that a network sees. A driver that cannot give it that one fails the attempt and says why. */
export type MacPolicy =
  | { readonly kind: 'permanent' }
  /** The same for this network each time, and another one for each network. */
  | { readonly kind: 'stable' }
  /** Another one for each round; attempts of one round use one address. */
  | { readonly kind: 'random'; readonly round: number }
  | { readonly kind: 'set'; readonly mac: MacAddress };

/** What a user can choose of it. */
export type MacAddressPolicy = Exclude<MacPolicy['kind'], 'set'>;
export const macAddressPolicies = ['permanent', 'stable', 'random'] as const satisfies readonly MacAddressPolicy[];

/** The better one of two that a network of its kind may offer: WPA3 beside WPA2 (`psk`), encryption by OWE beside none (`none`). */
export type StrongSecurity = 'sae' | 'owe';

/** What is known about the user's access to the network. Fields that its kind of security does not use are absent. */
export interface AssociationProfile<S = Secret> {
  readonly mac: MacPolicy;
  /** The network hides its SSID and is asked for by name. */
  readonly hidden?: boolean;
  readonly passphrase?: S;
  /** Succeeded here before: what is weaker is not accepted any more. */
  readonly atLeast?: StrongSecurity;
  /** Wi-Fi Protected Setup in place of the passphrase: by PIN, or by the button where there is none. */
  readonly wps?: { readonly pin?: S };
  readonly eap?: EapProfile<S>;
}

/** 802.1X (ConnMan's *.config keys and stored settings of the same names). */
export interface EapProfile<S = Secret> {
  readonly method: 'peap' | 'ttls' | 'tls' | 'pwd';
  /** The user did not choose the method: a server that refuses PEAP may have TTLS with the same inner method. */
  readonly orTtls?: true;
  readonly identity?: string;
  readonly anonymousIdentity?: string;
  readonly password?: S;
  /** The inner method as ConnMan writes it: 'MSCHAPV2', 'EAP-MSCHAPV2', 'GTC', ... */
  readonly phase2?: string;
  readonly caCertificate?: CertificateSource;
  readonly clientCertificate?: CertificateSource;
  readonly privateKey?: CertificateSource<S>;
  readonly privateKeyPassphrase?: S;
  readonly subjectMatch?: string;
  readonly altSubjectMatch?: string;
  readonly domainSuffixMatch?: string;
  readonly domainMatch?: string;
  /** SHA-256 of the server's certificate seen before, lower-case hexadecimal: any other is refused. */
  readonly pinnedServerCertificate?: string;
}

/** A file's path, or its content (PEM, or DER in base64). */
export type CertificateSource<T = string> = { readonly path: string } | { readonly content: T };

export interface AccessPoint<S = Secret> {
  /** Hexadecimal. */
  readonly ssid: string;
  /** Absent: open. */
  readonly passphrase?: S;
  /** MHz. */
  readonly frequency: number;
  readonly hidden?: boolean;
}

export interface TechnologyDriver {
  /** 'supplicant', 'iwd', 'vpn', ...: for log lines, and the beginning of its ids. */
  readonly name: string;
  readonly type: TechnologyType;
  /** Begins to work; reports `up` or `down` soon after. */
  start(): void;
  /** Commands that name what is gone are ignored: the event that says so is on its way. */
  command(command: TechnologyCommand): void;
  onEvent(listener: (event: TechnologyEvent) => void): void;
  /** Ends the driver; links stay as they are. */
  close(): void;
}
