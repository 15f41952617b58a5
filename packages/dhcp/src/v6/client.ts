/** The shell of the DHCPv6 client machine: one link, its socket and timer, and what connmand hears of it. */
import { after, formatDecodeError, type Logger, OsError } from '@connman/base';
import type { Dhcp6Event, Dhcp6Request } from '@connman/contracts';
import type { Ipv6Address } from '@connman/inet';
import type { Clock, DatagramPort, DatagramSocket, Entropy } from '@connman/ports';
import { Alarm } from '../alarm';
import { Complaints } from '../complaints';
import type { Untimed } from '../untimed';
import { clientStep, deadlineOf, stopped } from './client-machine';
import type { ClientEffect, ClientEvent, ClientState, Held, Outgoing } from './client-state';
import { decodeMessage } from './message';
import { readServerMessage } from './reply';
import { encodeOutgoing } from './request';

export interface Client6Ports {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly datagrams: DatagramPort;
  readonly log: Logger;
}

const clientPort = 546;
const serverPort = 547;
/** All_DHCP_Relay_Agents_and_Servers (RFC 8415 section 7.1). */
const allServers = 'ff02::1:2' as Ipv6Address;

type Unaddressed<E> = E extends unknown ? Omit<E, 'family' | 'ifindex'> : never;

export class Dhcp6Client {
  private readonly ports: Client6Ports;
  private readonly request: Dhcp6Request;
  private readonly publish: (event: Dhcp6Event) => void;
  private readonly alarm: Alarm;
  private readonly complaints = new Complaints();
  private state: ClientState = stopped;
  private socket: DatagramSocket | undefined;
  private unsentSaid = false;
  private ended = false;

  constructor(ports: Client6Ports, request: Dhcp6Request, publish: (event: Dhcp6Event) => void) {
    this.ports = ports;
    this.request = request;
    this.publish = publish;
    this.alarm = new Alarm(ports.clock, () => this.step({ kind: 'time' }));
  }

  /** The first message leaves before this returns, if the link has a usable address. */
  start(): void {
    const { interfaceName, mode, address, prefixLength, held } = this.request;
    try {
      this.socket = this.ports.datagrams.open({
        family: 6,
        localPort: clientPort,
        interfaceName,
        reuseAddress: true,
        onDatagram: (bytes, source) => this.receive(bytes, source),
        onError: (error) => this.log('debug', error.message),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      const reason = `no socket for DHCPv6 on ${interfaceName}: ${error.message}; is another DHCPv6 client running?`;
      return this.emit({ kind: 'failed', reason });
    }
    const since = held && after(this.ports.clock.now(), -held.ageSeconds * 1000);
    this.step({
      kind: 'start',
      mode,
      wanted: { address, prefix: prefixLength !== undefined },
      held: held && since !== undefined ? { lease: held.lease, since } : undefined,
    });
  }

  renew(): void {
    this.step({ kind: 'renew' });
  }

  decline(address: Ipv6Address): void {
    this.step({ kind: 'conflict', address });
  }

  stop(release: boolean): void {
    this.step({ kind: 'stop', release });
    this.ended = true;
    this.alarm.clear();
    this.socket?.close();
    this.socket = undefined;
  }

  private step(event: Untimed<ClientEvent>): void {
    if (this.ended) return;
    const { clock, entropy } = this.ports;
    const moment = { now: clock.now(), random: entropy.uint32() };
    const { state, effects } = clientStep(this.state, { ...event, ...moment } as ClientEvent);
    this.state = state;
    this.alarm.set(deadlineOf(state));
    let unsent = false;
    for (const effect of effects) {
      if (effect.kind === 'send') unsent = !this.send(effect.message);
      else this.carryOut(effect);
      // A listener may have ended the client.
      if (this.ended) return;
    }
    if (unsent && state.kind !== 'stopped') this.step({ kind: 'unsent' });
  }

  private carryOut(effect: Exclude<ClientEffect, { kind: 'send' }>): void {
    switch (effect.kind) {
      case 'bound':
        return this.emit({ kind: 'bound', lease: effect.held.lease, ageSeconds: this.ageOf(effect.held) });
      case 'configured':
        return this.emit({ kind: 'configured', configuration: effect.configuration });
      case 'lost':
        return this.emit({ kind: 'lost', reason: effect.reason });
      case 'silent':
        return this.emit({ kind: 'silent' });
      case 'log':
        return this.log(effect.level, effect.text);
    }
  }

  /** False if the link refuses, as before its link-local address is usable. */
  private send(message: Outgoing): boolean {
    try {
      this.socket?.send(encodeOutgoing(message, this.request), allServers, serverPort);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (!this.unsentSaid) this.log('debug', `${message.type} not sent, trying again: ${error.message}`);
      this.unsentSaid = true;
      return false;
    }
    this.unsentSaid = false;
    this.log('debug', `${message.type} sent`);
    return true;
  }

  private receive(bytes: Uint8Array, source: string): void {
    const message = decodeMessage(bytes);
    if (!message.ok) return this.complain(`a message from ${source} is dropped: ${formatDecodeError(message.error)}`);
    const { duid, iaid } = this.request;
    const read = readServerMessage(message.value, duid, iaid);
    if (!read.ok) return this.complain(`a message from ${source} is ignored: it ${read.error}`);
    this.step({ kind: 'message', message: read.value });
  }

  private ageOf({ since }: Held): number {
    return Math.max(0, Math.floor((this.ports.clock.now() - since) / 1000));
  }

  private emit(event: Unaddressed<Dhcp6Event>): void {
    this.publish({ ...event, family: 6, ifindex: this.request.ifindex } as Dhcp6Event);
  }

  private complain(text: string): void {
    if (this.complaints.allows(text, this.ports.clock.now())) this.log('info', text);
  }

  private log(level: 'warning' | 'info' | 'debug', text: string): void {
    this.ports.log[level](`${this.request.interfaceName}: DHCPv6: ${text}`);
  }
}
