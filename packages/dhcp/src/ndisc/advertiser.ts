/** The shell of the router advertisement machine: one link of ours, its packet socket and its timer. */
import { formatDecodeError, type Logger, OsError } from '@connman/base';
import type { AdvertisementRequest, DhcpServerEvent, RouterAdvertiserComponent } from '@connman/contracts';
import type { Ipv6Address, MacAddress } from '@connman/inet';
import type { NeighbourWatchOptions } from '@connman/netlink';
import type { BpfInstruction, Clock, Entropy, PacketInfo, PacketPort, PacketSocket } from '@connman/ports';
import { Alarm } from '../alarm';
import { allOf, load } from '../bpf';
import { Complaints } from '../complaints';
import type { Untimed } from '../untimed';
import { checkSolicitation, encodeAdvertisement, routerSolicitationType } from './advertisement';
import {
  type AdvertiserEffect,
  type AdvertiserEvent,
  type AdvertiserState,
  advertiserStep,
  deadlineOf,
  newAdvertiser,
} from './advertiser-machine';
import {
  decodeNeighbourMessage,
  encodeNeighbourMessage,
  etherTypeIpv6,
  headerLength,
  neighbourHops,
  protocolIcmpv6,
} from './packet';

export interface AdvertiserPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly packets: PacketPort;
  readonly watchNeighbours: (options: Omit<NeighbourWatchOptions, 'netlink'>) => { close(): void };
  readonly log: Logger;
  /** Which addresses clients have made of what is advertised. */
  readonly onEvent: (event: DhcpServerEvent & { readonly kind: 'addresses6' }) => void;
}

const allNodes = { address: 'ff02::1' as Ipv6Address, mac: '33:33:00:00:00:01' as MacAddress };

/** Router solicitations from this link. */
const solicitationFilter: readonly BpfInstruction[] = allOf([
  [load(2, 6), 'equal', (protocolIcmpv6 << 8) | neighbourHops],
  [load(1, headerLength), 'equal', routerSolicitationType],
]);

export function createRouterAdvertisers(ports: AdvertiserPorts): RouterAdvertiserComponent {
  const advertisers = new Map<number, RouterAdvertiser>();
  return {
    start: (request) => {
      const running = advertisers.get(request.ifindex);
      if (running) return running.change(request);
      const advertiser = new RouterAdvertiser(ports, request);
      advertisers.set(request.ifindex, advertiser);
      advertiser.start();
    },
    stop: (ifindex) => {
      advertisers.get(ifindex)?.stop();
      advertisers.delete(ifindex);
    },
  };
}

class RouterAdvertiser {
  private readonly ports: AdvertiserPorts;
  private readonly alarm: Alarm;
  private readonly complaints = new Complaints();
  private state: AdvertiserState;
  private socket: PacketSocket | undefined;
  private neighbours: { close(): void } | undefined;

  constructor(ports: AdvertiserPorts, request: AdvertisementRequest) {
    this.ports = ports;
    this.state = newAdvertiser(request, ports.clock.now());
    this.alarm = new Alarm(ports.clock, () => this.step({ kind: 'time' }));
  }

  start(): void {
    const { ifindex } = this.state.request;
    try {
      this.socket = this.ports.packets.open({
        ifindex,
        etherType: etherTypeIpv6,
        filter: solicitationFilter,
        onPacket: (bytes, info) => this.receive(bytes, info),
        onError: (error) => this.log('debug', `packet socket: ${error.message}`),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      return this.log('warning', `${error.message}; clients get no IPv6`);
    }
    this.step({ kind: 'time' });
    this.watch(ifindex);
  }

  change(request: AdvertisementRequest): void {
    this.step({ kind: 'change', request });
    this.step({ kind: 'time' });
  }

  stop(): void {
    this.step({ kind: 'stop' });
    this.alarm.clear();
    this.socket?.close();
    this.socket = undefined;
    this.neighbours?.close();
    const { ifindex } = this.state.request;
    if (this.neighbours) this.ports.onEvent({ kind: 'addresses6', ifindex, addresses: [] });
    this.neighbours = undefined;
  }

  private watch(ifindex: number): void {
    const complain = ({ message }: OsError) => this.log('info', `${message}; names of clients have no IPv6 addresses`);
    try {
      this.neighbours = this.ports.watchNeighbours({
        ...{ ifindex, onFault: complain },
        onChange: (addresses) => this.ports.onEvent({ kind: 'addresses6', ifindex, addresses }),
      });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      complain(error);
    }
  }

  private step(event: Untimed<AdvertiserEvent>): void {
    if (!this.socket) return;
    const { clock, entropy } = this.ports;
    const moment = { now: clock.now(), random: entropy.uint32() };
    const { state, effects } = advertiserStep(this.state, { ...event, ...moment } as AdvertiserEvent);
    this.state = state;
    this.alarm.set(deadlineOf(state));
    for (const effect of effects) this.send(effect);
  }

  private send({ advertisement, to = allNodes }: AdvertiserEffect): void {
    const { source } = this.state.request;
    const message = encodeAdvertisement(advertisement);
    try {
      this.socket?.send(encodeNeighbourMessage({ source, destination: to.address, message }), to.mac);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.log('debug', `not sent: ${error.message}`);
    }
  }

  private receive(bytes: Uint8Array, { source: mac, checksumNotReady }: PacketInfo): void {
    const packet = decodeNeighbourMessage(bytes, checksumNotReady);
    const checked = packet.ok ? checkSolicitation(packet.value.message, packet.value.source) : packet;
    if (!packet.ok || !checked.ok) {
      const reason = checked.ok ? '' : formatDecodeError(checked.error);
      return this.log('info', `a solicitation from ${mac} is dropped: ${reason}`);
    }
    this.step({ kind: 'solicitation', solicitor: { address: packet.value.source, mac } });
  }

  /** Clients can give cause for a line faster than anyone reads. */
  private log(level: 'warning' | 'info' | 'debug', text: string): void {
    const { clock, log } = this.ports;
    if (level !== 'debug' && !this.complaints.allows(text, clock.now())) return;
    log[level](`${this.state.request.interfaceName}: router advertisements: ${text}`);
  }
}
