/**
 * Everything that can happen to the engine. Time and all outside answers are in the event; a recorded list of events
 * replays to the same states. An event is a plain value that survives JSON.
 */
import type { Instant } from '@connman/base';
import type {
  DhcpEvent,
  DhcpServerEvent,
  PeerService,
  SecretRef,
  TechnologyEvent,
  TechnologyType,
} from '@connman/contracts';
import type { IpAddress, Ipv6Address } from '@connman/inet';
import type { AddressFact, KernelEvent, LinkFact, RouteFact, RuleFact } from '@connman/netlink';
import type { AgentInput } from './model/agent/agent-registry';
import type { ClockFact, ClockSetting } from './model/clock/clock';
import type { EngineConfig } from './model/config';
import type { Change } from './model/ipconfig/plan';
import type { CheckOutcome } from './model/online/online-machine';
import type { LoginOutcome, LoginRequest } from './model/online/portal-login';
import type { Provision } from './model/service/provision';
import type { ServiceSetting } from './model/service/setting';
import type { TrialRequest } from './model/trial/trial';
import type { Suspicion } from './model/uplink/evidence';

/** What a client of the bus asks for. `operation` names the call that waits for an answer; each is answered once. */
export type Intent =
  | { readonly kind: 'connect'; readonly service: string }
  | { readonly kind: 'disconnect'; readonly service: string }
  /** A Wi-Fi network whose name (hexadecimal) and passphrase came by another way than the air; an open one without. */
  | { readonly kind: 'join'; readonly ssid: string; readonly passphrase?: SecretRef }
  /** The page of the onboarding access point: the network to join. */
  | { readonly kind: 'onboard'; readonly ssid: string; readonly passphrase?: SecretRef }
  | { readonly kind: 'remove'; readonly service: string }
  | { readonly kind: 'move'; readonly service: string; readonly target: string; readonly place: 'before' | 'after' }
  | { readonly kind: 'configure'; readonly service: string; readonly setting: ServiceSetting }
  | ({ readonly kind: 'try'; readonly service: string } & TrialRequest)
  | { readonly kind: 'clear-error'; readonly service: string }
  | { readonly kind: 'set-powered'; readonly technology: string; readonly powered: boolean }
  | { readonly kind: 'scan'; readonly technology: string }
  | { readonly kind: 'set-tethering'; readonly technology: TechnologyType; readonly tethering: boolean }
  | { readonly kind: 'configure-tethering'; readonly technology: TechnologyType; readonly setting: AccessPointSetting }
  | { readonly kind: 'set-offline-mode'; readonly offline: boolean }
  | { readonly kind: 'set-session-mode'; readonly enabled: boolean }
  /** A session wants a service of one of these types connected, by this link unless it is `*`. */
  | { readonly kind: 'session-connect'; readonly bearers: readonly string[]; readonly allowedInterface: string }
  /** No session wants services of these types any more. */
  | { readonly kind: 'session-disconnect'; readonly bearers: readonly string[] }
  /** All users whose traffic goes by a service of its own, because a session of theirs and its policy say so. */
  | { readonly kind: 'route-users'; readonly users: readonly UserRoute[] }
  | { readonly kind: 'set-clock'; readonly setting: ClockSetting }
  /** A TUN link was made for a client of the bus, or is given back by it; `owner` is its unique name. */
  | {
      readonly kind: 'open-private-network' | 'release-private-network';
      readonly interfaceName: string;
      readonly owner: string;
    }
  /** The client has left. */
  | { readonly kind: 'end-private-networks'; readonly owner: string }
  /** A client offers a service to peers; `owner` is its unique name. */
  | ({ readonly kind: 'register-peer-service' } & RegisteredPeerService)
  | { readonly kind: 'unregister-peer-service'; readonly owner: string; readonly service: PeerService }
  | { readonly kind: 'end-peer-services'; readonly owner: string };

export interface RegisteredPeerService {
  readonly owner: string;
  readonly service: PeerService;
  /** This machine wants to be the owner of groups. */
  readonly isMaster: boolean;
}

export interface UserRoute {
  readonly uid: number;
  readonly service: string;
}

/** Of the access point that a technology becomes. */
export type AccessPointSetting =
  | { readonly tetheringIdentifier: string }
  | { readonly tetheringPassphrase: SecretRef }
  /** MHz. */
  | { readonly tetheringFreq: number }
  | { readonly tetheringHidden: boolean };

/** News of many links comes in parts (ADR 18). */
interface Part {
  /** The next one follows. */
  readonly more?: true;
}

export type Happening =
  /** A fresh, whole picture of the kernel: at the start and after lost messages. */
  | {
      readonly kind: 'kernel-dump';
      readonly links: readonly LinkFact[];
      readonly addresses: readonly AddressFact[];
      readonly routes: readonly RouteFact[];
      /** Absent where the kernel has no policy routing. */
      readonly rules?: readonly RuleFact[];
    }
  | ({ readonly kind: 'kernel'; readonly facts: readonly KernelEvent[] } & Part)
  /**
   * New links that have got their final name from udev, or need none: each ifindex with the DEVTYPE of its uevent (empty if
   * it has none). A link is not managed before.
   */
  | ({
      readonly kind: 'links-settled';
      readonly links: readonly (readonly [ifindex: number, deviceType: string])[];
    } & Part)
  /** Tables of the firewall that a former run has left: for tunnels' addresses, and kill switches by their services. */
  | { readonly kind: 'firewall-found'; readonly guards: boolean; readonly locked: readonly string[] }
  /** A table was not put in place. `held`: the services whose kill switch the kernel still has from before. */
  | {
      readonly kind: 'firewall-refused';
      readonly table: string;
      readonly reason: string;
      readonly held: readonly string[];
    }
  /** All that the kernel made of the advertisements of a link's routers, where that is much. */
  | { readonly kind: 'router-routes'; readonly ifindex: number; readonly routes: readonly RouteFact[] }
  | { readonly kind: 'change-refused'; readonly change: Change; readonly reason: string }
  /** What DHCP clients have to say, all of one wake-up. */
  | ({ readonly kind: 'dhcp'; readonly events: readonly DhcpEvent[] } & Part)
  /** The DHCP server of a shared connection. */
  | { readonly kind: 'dhcp-server'; readonly event: DhcpServerEvent }
  /** A technology's driver has something to report. */
  | { readonly kind: 'technology'; readonly driver: string; readonly event: TechnologyEvent<SecretRef> }
  /** Name servers of the network that the kernel booted from (rule 142). */
  | { readonly kind: 'boot-names'; readonly servers: readonly IpAddress[] }
  /** The links on which the resolver asks for names below .local. */
  | { readonly kind: 'multicast-names'; readonly links: readonly number[] }
  /** Traffic of a link does not get on. */
  | ({ readonly kind: 'suspicion' } & Suspicion)
  /**
   * The answer to a `count-traffic` effect: the bytes that services have carried in this connection. `isLast`: the daemon ends.
   */
  | {
      readonly kind: 'traffic-counted';
      readonly carried: readonly (readonly [service: string, bytes: number])[];
      readonly isLast?: true;
    }
  /** The answer to a `proxy-search` effect; `url` is empty where there is none. */
  | { readonly kind: 'proxy-found'; readonly service: string; readonly hosts: readonly string[]; readonly url: string }
  /** The answer to a `nat64-search` effect. */
  | {
      readonly kind: 'nat64-found';
      readonly service: string;
      readonly servers: readonly IpAddress[];
      /** Absent where no server has responded. */
      readonly addresses?: readonly Ipv6Address[];
    }
  /** `fault`: why the host did not respond. */
  | { readonly kind: 'host-result'; readonly checkId: number; readonly fault?: string }
  | { readonly kind: 'online-result'; readonly checkId: number; readonly outcome: CheckOutcome }
  /** The answer to a `portal-login` effect. */
  | { readonly kind: 'portal-login-result'; readonly login: LoginRequest; readonly outcome: LoginOutcome }
  | {
      readonly kind: 'intent';
      readonly operation: number;
      readonly intent: Intent;
      /** The client's unique name on the bus. */
      readonly sender?: string;
    }
  /** What was proposed of a service's settings is on disk; `fault`: why it is not. */
  | { readonly kind: 'proposal-settled'; readonly service: string; readonly fault?: string }
  | { readonly kind: 'agent'; readonly input: AgentInput }
  /** All that *.config files say: at the start, and again when one of them changed. */
  | { readonly kind: 'provisions'; readonly provisions: readonly Provision[] }
  /** main.conf was read again. */
  | { readonly kind: 'configured'; readonly config: EngineConfig }
  | { readonly kind: 'clock'; readonly fact: ClockFact }
  /** A deadline has come. */
  | { readonly kind: 'tick' };

export function isPart(happening: Happening): boolean {
  return 'more' in happening;
}

export type EngineEvent = Happening & {
  readonly at: Instant;
  /** Milliseconds since the epoch. */
  readonly wall: number;
};
