/** The shell of the IPv4LL machine: seeks an address of RFC 3927 on one link, and defends it while it is in use. */
import type { Ipv4Address, MacAddress } from '@connman/inet';
import { Alarm } from '../alarm';
import { AddressClaim, type ClaimPorts } from './address-claim';
import {
  type LinkLocalEffect,
  type LinkLocalEvent,
  type LinkLocalState,
  linkLocalDeadline,
  linkLocalStep,
} from './link-local-machine';

export interface LinkLocalOptions {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly mac: MacAddress;
  onAddress(address: Ipv4Address): void;
  /** The address is no longer ours; another is sought. */
  onLost(address: Ipv4Address, rival: MacAddress): void;
}

export class LinkLocal {
  private readonly options: LinkLocalOptions;
  private readonly claim: AddressClaim;
  private readonly alarm: Alarm;
  private state: LinkLocalState = { kind: 'stopped' };
  /** The choice that was free last time is tried first (section 2.1). */
  private lastAttempt = 0;

  constructor(ports: ClaimPorts, options: LinkLocalOptions) {
    this.options = options;
    this.alarm = new Alarm(ports.clock, () => this.step({ kind: 'time', now: ports.clock.now() }));
    this.claim = new AddressClaim(ports, {
      ...options,
      defend: true,
      onClaimed: () => this.step({ kind: 'claimed' }),
      onConflict: (mac, lost) => {
        ports.log.info(
          `${options.interfaceName}: ${mac} has our link-local address${lost ? '; choosing another' : ''}`,
        );
        if (lost) this.step({ kind: 'conflict', mac, now: ports.clock.now() });
      },
    });
  }

  start(): void {
    if (this.state.kind === 'stopped') this.step({ kind: 'start', attempt: this.lastAttempt });
  }

  stop(): void {
    this.step({ kind: 'stop' });
  }

  private step(event: LinkLocalEvent): void {
    const { state, effects } = linkLocalStep(this.state, event, this.options.mac);
    this.state = state;
    if (state.kind !== 'stopped') this.lastAttempt = state.attempt;
    this.alarm.set(linkLocalDeadline(state));
    for (const effect of effects) this.carryOut(effect);
  }

  private carryOut(effect: LinkLocalEffect): void {
    switch (effect.kind) {
      case 'claim':
        return this.claim.probe(effect.address);
      case 'unclaim':
        return this.claim.end();
      case 'use':
        return this.options.onAddress(effect.address);
      case 'lost':
        return this.options.onLost(effect.address, effect.mac);
    }
  }
}
