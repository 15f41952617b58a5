/** What the engine takes from main.conf and the command line. */
import type { DnsTlsMode, MacAddressPolicy } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import type { DeviceFilter } from './device/filter';
import type { OnboardingSettings } from './onboarding/onboarding';
import type { OnlineSettings } from './online/online-machine';

export interface EngineConfig {
  readonly filter: DeviceFilter;
  readonly hostname: string;
  readonly vendorClassId: string;
  /** BackgroundScanning: scans while not connected, beside those that a user asks for. */
  readonly backgroundScanning: boolean;
  readonly addressConflictDetection: boolean;
  readonly preferredTechnologies: readonly string[];
  readonly singleConnectedTechnology: boolean;
  /** AlwaysConnectedTechnologies: auto-connect goes on beside a connected service of these (rule 85). */
  readonly alwaysConnectedTechnologies: readonly string[];
  readonly tetheringTechnologies: readonly string[];
  /** PersistentTetheringMode (rule 167). */
  readonly persistentTethering: boolean;
  /** TetheringBridge; empty where it is not set. */
  readonly tetheringBridge: string;
  readonly tetheringThrough: boolean;
  /** Absent where OnboardingAfter is not set. */
  readonly onboarding?: OnboardingSettings;
  /** The DNS proxy runs: clients of a shared connection are answered by it. */
  readonly answersNames: boolean;
  /** AutoConnectRoamingServices: auto-connect takes networks that roam as well (rule 87). */
  readonly autoConnectsRoaming: boolean;
  readonly defaultAutoConnectTechnologies: readonly string[];
  readonly defaultFavoriteTechnologies: readonly string[];
  readonly fallbackNameservers: readonly IpAddress[];
  /** Of services that say nothing of it, and of the fallback name servers. */
  readonly dnsOverTls: DnsTlsMode;
  /** Asked last for the time. */
  readonly fallbackTimeservers: readonly string[];
  readonly gatewaysAreTimeservers: boolean;
  /** MACAddressPolicy: of networks that are new. */
  readonly macAddressPolicy: MacAddressPolicy;
  /** IPv6StableAddresses: interface identifiers of IPv6 are each service's own (RFC 7217). */
  readonly stableAddresses: boolean;
  readonly online: OnlineSettings;
  /** VerifiedUplinks: of several uplinks those that lead to the internet come first. */
  readonly verifiedUplinks: boolean;
  /** How long an agent may take to answer: InputRequestTimeout and BrowserLaunchTimeout (rule 224). */
  readonly agentTimeouts: { readonly inputMs: number; readonly browserMs: number };
}
