/**
 * The air of a simulated place: access points, and how they answer a station. Programs that drive a station (scripted
 * wpa_supplicant, scripted iwd) try to join one by `join`, and learn step by step what becomes of it.
 */
import type { MacAddress } from '@connman/inet';
import type { Clock } from '@connman/ports';

export type ApSecurity = 'none' | 'psk' | 'sae' | 'transition';

/** Where in an attempt something happens. */
export type JoinState = 'authenticating' | 'associating' | '4way_handshake' | 'completed';

export type ApTrouble =
  /** Authentication or association refused with this status (IEEE 802.11-2020 table 9-50). */
  | { readonly kind: 'status'; readonly state: 'authenticating' | 'associating'; readonly status: number }
  /** Nothing is answered from this state on. */
  | { readonly kind: 'silent'; readonly state: JoinState }
  /** The station is deauthenticated in this state, with this reason (table 9-49). */
  | { readonly kind: 'deauthenticated'; readonly state: JoinState; readonly reason: number };

export interface AccessPoint {
  readonly bssid: MacAddress;
  readonly ssid: string;
  readonly security: ApSecurity;
  passphrase?: string;
  frequency: number;
  signalDbm: number;
  on: boolean;
  trouble?: ApTrouble | undefined;
}

/** What a station hears of its attempt. */
export type JoinEvent =
  | { readonly kind: 'state'; readonly state: JoinState }
  | {
      readonly kind: 'refused';
      readonly state: 'authenticating' | 'associating';
      readonly status: number;
      readonly isSaeConfirm: boolean;
    }
  /** The access point ended it; `state` is the one it ended in. */
  | { readonly kind: 'deauthenticated'; readonly state: JoinState; readonly reason: number }
  /** No answer in time. */
  | { readonly kind: 'silent'; readonly state: JoinState };

const stepMs = 15;
/** Retransmissions included, as mac80211 does them. */
const silenceMs = { authenticating: 600, associating: 600, '4way_handshake': 4000, completed: 0 } as const;
const reasonHandshakeTimeout = 15;
const statusUnspecified = 1;
/** Beacons that are missed before the link counts as lost. */
const beaconLossMs = 1500;

const secured: readonly JoinState[] = ['authenticating', 'associating', '4way_handshake', 'completed'];
const unsecured = secured.filter((state) => state !== '4way_handshake');

export class ScriptedAir {
  readonly accessPoints: AccessPoint[] = [];
  private readonly clock: Clock;
  /** Stations by the access point that they are in. */
  private readonly stations = new Map<AccessPoint, Set<(event: JoinEvent) => void>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(accessPoint: AccessPoint): AccessPoint {
    this.accessPoints.push(accessPoint);
    return accessPoint;
  }

  heard(frequencies: readonly number[] = []): AccessPoint[] {
    return this.accessPoints.filter(
      ({ on, frequency }) => on && (frequencies.length === 0 || frequencies.includes(frequency)),
    );
  }

  /** Tries to join; the returned function gives up, or leaves. */
  join(
    ap: AccessPoint,
    passphrase: string | undefined,
    useSae: boolean,
    onEvent: (event: JoinEvent) => void,
  ): () => void {
    const order = ap.security === 'none' ? unsecured : secured;
    let cancel = (): void => {};
    let isOver = false;
    const end = () => {
      isOver = true;
      cancel();
      this.stations.get(ap)?.delete(hear);
    };
    const finish = (event: JoinEvent) => {
      if (isOver) return;
      end();
      onEvent(event);
    };
    const hear = (event: JoinEvent) => finish(event);
    const enter = (index: number) => {
      const state = order[index] as JoinState;
      onEvent({ kind: 'state', state });
      if (isOver) return;
      const { trouble } = ap;
      if (!ap.on || (trouble?.kind === 'silent' && trouble.state === state && state !== 'completed')) {
        cancel = this.clock.setTimer(silenceMs[state], () => finish({ kind: 'silent', state }));
        return;
      }
      if (trouble?.kind === 'deauthenticated' && trouble.state === state) {
        cancel = this.clock.setTimer(stepMs, () => finish({ kind: 'deauthenticated', state, reason: trouble.reason }));
        return;
      }
      if (state === 'completed') {
        const members = this.stations.get(ap) ?? new Set();
        this.stations.set(ap, members.add(hear));
        return;
      }
      cancel = this.clock.setTimer(stepMs, () => {
        const refusal = refusalOf(ap, state, passphrase, useSae);
        if (refusal) finish(refusal);
        else if (state === '4way_handshake' && !useSae && isWrong(ap, passphrase)) {
          cancel = this.clock.setTimer(silenceMs['4way_handshake'], () =>
            finish({ kind: 'deauthenticated', state, reason: reasonHandshakeTimeout }),
          );
        } else enter(index + 1);
      });
    };
    enter(0);
    return end;
  }

  /** Every station of the access point is told to go. */
  deauthenticate(ap: AccessPoint, reason: number): void {
    for (const hear of [...(this.stations.get(ap) ?? [])])
      hear({ kind: 'deauthenticated', state: 'completed', reason });
  }

  /** It is silent from now on; its stations notice when beacons are missing. */
  switchOff(ap: AccessPoint): void {
    ap.on = false;
    for (const hear of [...(this.stations.get(ap) ?? [])]) {
      this.clock.setTimer(beaconLossMs, () => {
        if (!ap.on) hear({ kind: 'silent', state: 'completed' });
      });
    }
  }
}

function isWrong({ security, passphrase }: AccessPoint, given: string | undefined): boolean {
  return security !== 'none' && passphrase !== given;
}

function refusalOf(
  ap: AccessPoint,
  state: 'authenticating' | 'associating' | '4way_handshake',
  passphrase: string | undefined,
  useSae: boolean,
): JoinEvent | undefined {
  const { trouble } = ap;
  if (state === '4way_handshake') return undefined;
  if (trouble?.kind === 'status' && trouble.state === state) {
    return { kind: 'refused', state, status: trouble.status, isSaeConfirm: false };
  }
  if (state === 'authenticating' && useSae && isWrong(ap, passphrase)) {
    return { kind: 'refused', state, status: statusUnspecified, isSaeConfirm: true };
  }
  return undefined;
}
