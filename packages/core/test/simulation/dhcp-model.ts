/** A DHCP component as far as connmand can tell: leases come, are renewed, refused or lost; no packet is made for it. */
import { after, type Instant } from '@connman/base';
import type { Dhcp4Event, Dhcp4Lease, Dhcp4Request, DhcpComponent } from '@connman/contracts';
import type { Ipv4Address } from '@connman/inet';
import type { Clock } from '@connman/ports';
import type { Lan } from './lan';
import type { Random } from './random';

export interface DhcpModelOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The network a link's cable leads to; undefined if it is not plugged. */
  readonly lanOf: (ifindex: number) => Lan | undefined;
  /** Sometimes a client cannot run. */
  readonly isBroken: () => boolean;
}

interface Client {
  readonly request: Dhcp4Request;
  wanted: Ipv4Address | undefined;
  held: { readonly lease: Dhcp4Lease; readonly until: Instant } | undefined;
  failedSince: Instant | undefined;
  told: 'nothing' | 'bound' | 'silent';
  cancelTimer: () => void;
}

const retryMs = 1500;
const silentAfterMs = 10_000;

export class DhcpModel implements DhcpComponent {
  private readonly options: DhcpModelOptions;
  private readonly clients = new Map<number, Client>();
  private listener: (event: Dhcp4Event) => void = () => {};

  constructor(options: DhcpModelOptions) {
    this.options = options;
  }

  onEvent(listener: (event: Dhcp4Event) => void): void {
    this.listener = listener;
  }

  start(request: Dhcp4Request): void {
    this.clients.get(request.ifindex)?.cancelTimer();
    const client: Client = {
      request,
      wanted: request.lastAddress,
      held: undefined,
      failedSince: undefined,
      told: 'nothing',
      cancelTimer: () => {},
    };
    this.clients.set(request.ifindex, client);
    this.schedule(client, this.options.random.between(2, 60));
  }

  stop(ifindex: number, { release }: { readonly release: boolean }): void {
    const client = this.clients.get(ifindex);
    client?.cancelTimer();
    this.clients.delete(ifindex);
    if (client?.held && release) this.options.lanOf(ifindex)?.release(client.request.mac);
  }

  renew(ifindex: number): void {
    const client = this.clients.get(ifindex);
    if (client) this.schedule(client, 10);
  }

  private schedule(client: Client, delayMs: number): void {
    client.cancelTimer();
    client.cancelTimer = this.options.clock.setTimer(delayMs, () => this.attempt(client));
  }

  private attempt(client: Client): void {
    const { clock, random, lanOf, isBroken } = this.options;
    const { ifindex, mac } = client.request;
    const now = clock.now();
    if (client.held && client.held.until <= now) {
      client.held = undefined;
      client.told = 'nothing';
      this.listener({ kind: 'lost', ifindex, reason: 'expired' });
      if (this.clients.get(ifindex) !== client) return;
    }
    if (isBroken()) {
      this.clients.delete(ifindex);
      this.listener({ kind: 'failed', ifindex, reason: 'cannot open a packet socket' });
      return;
    }
    const lan = lanOf(ifindex);
    const heard = lan?.serverUp && !random.chance(lan.loss) && !random.chance(lan.loss);
    if (!lan || !heard) return this.missed(client, now);
    client.failedSince = undefined;
    const answer = lan.answer(mac, client.held?.lease.address ?? client.wanted);
    if (answer.kind === 'nak') return this.refused(client);
    const { lease } = answer;
    client.wanted = lease.address;
    client.held = { lease, until: after(now, lease.leaseSeconds * 1000) };
    client.told = 'bound';
    this.schedule(client, lease.t1Seconds * 1000);
    this.listener({ kind: 'bound', ifindex, lease });
  }

  private refused(client: Client): void {
    client.wanted = undefined;
    this.schedule(client, 20);
    if (!client.held) return;
    client.held = undefined;
    client.told = 'nothing';
    this.listener({ kind: 'lost', ifindex: client.request.ifindex, reason: 'refused' });
  }

  private missed(client: Client, now: Instant): void {
    client.failedSince ??= now;
    const untilEnd = client.held ? client.held.until - now : retryMs;
    this.schedule(client, Math.max(1, Math.min(retryMs, untilEnd)));
    if (client.held || client.told === 'silent' || now - client.failedSince < silentAfterMs) return;
    client.told = 'silent';
    const { ifindex } = client.request;
    this.listener({ kind: 'silent', ifindex, linkLocal: `169.254.${ifindex}.7` as Ipv4Address });
  }
}
