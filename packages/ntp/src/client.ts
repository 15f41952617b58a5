/** The shell of the client machine: sockets, timers, names, and the clock itself. */
import { err, type Instant, type Logger, OsError, ok, type Result } from '@connman/base';
import type { NtpEvent, NtpRequest } from '@connman/contracts';
import { familyOf, type IpAddress, parseIp } from '@connman/inet';
import type { Clock, Entropy, KeyingStreamPort, NameResolver, StampedDatagramPort, SystemClock } from '@connman/ports';
import { deadlineOf, step, stopped } from './client-machine';
import type { ClientEffect, ClientEvent, ClientState } from './client-state';
import { type Asked, readAnswer } from './exchange';
import { isNts, NtsAssociations, nameOf } from './nts/associations';
import { type Established, exchangeKeys, type KeyServer } from './nts/key-exchange';
import type { NtsQuestion } from './nts/session';
import { encodeRequest, type NtpTimestamp, ntpPort } from './packet';
import type { Source } from './source';

export interface NtpPorts {
  readonly clock: Clock;
  readonly systemClock: SystemClock;
  readonly entropy: Entropy;
  readonly datagrams: StampedDatagramPort;
  readonly secureStreams: KeyingStreamPort;
  readonly names: NameResolver;
  readonly log: Logger;
}

type Untimed<E> = E extends unknown ? Omit<E, 'reading' | 'status' | 'random'> : never;

export class NtpClient {
  private readonly ports: NtpPorts;
  private readonly publish: (event: NtpEvent) => void;
  /** What is closed when its source is forgotten. */
  private readonly questions = new Map<number, { close(): void }>();
  private readonly associations: NtsAssociations;
  private state: ClientState = stopped;
  private request: NtpRequest | undefined;
  private readonly waiting: Untimed<ClientEvent>[] = [];
  private stepping = false;
  private deadline: Instant | undefined;
  private cancelTimer = () => {};

  constructor(ports: NtpPorts, publish: (event: NtpEvent) => void) {
    this.ports = ports;
    this.publish = publish;
    const { clock, secureStreams } = ports;
    const addressOf = (host: string) => this.addressOf(host);
    this.associations = new NtsAssociations((server) => exchangeKeys({ clock, secureStreams, addressOf }, server));
  }

  start(request: NtpRequest): void {
    this.request = request;
    this.step({ kind: 'start', request });
  }

  stop(): void {
    this.step({ kind: 'stop' });
    this.request = undefined;
  }

  /** What effects bring about at once waits for the end of the step. */
  private step(event: Untimed<ClientEvent>): void {
    this.waiting.push(event);
    if (this.stepping) return;
    this.stepping = true;
    try {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) this.stepOnce(next);
    } finally {
      this.stepping = false;
    }
    this.arm(deadlineOf(this.state));
  }

  private stepOnce(event: Untimed<ClientEvent>): void {
    const { systemClock, entropy } = this.ports;
    const moment = { reading: systemClock.read(), status: systemClock.status(), random: entropy.uint32() };
    const { state, effects } = step(this.state, { ...event, ...moment } as ClientEvent);
    this.state = state;
    for (const effect of effects) {
      if (!this.carryOut(effect)) return;
    }
  }

  private arm(deadline: Instant): void {
    if (deadline === this.deadline) return;
    this.cancelTimer();
    this.cancelTimer = () => {};
    this.deadline = deadline;
    if (deadline === Number.POSITIVE_INFINITY) return;
    const { clock } = this.ports;
    this.cancelTimer = clock.setTimer(Math.max(0, deadline - clock.now()), () => {
      this.deadline = undefined;
      this.step({ kind: 'time' });
    });
  }

  /** False if the client had to end. */
  private carryOut(effect: ClientEffect): boolean {
    switch (effect.kind) {
      case 'resolve':
        this.resolve(effect.host);
        return true;
      case 'query':
        this.query(effect.source);
        return true;
      case 'forget':
        this.forget(effect.id);
        return true;
      case 'publish':
        this.publish(effect.event);
        return true;
      case 'log':
        this.ports.log[effect.level](`time: ${effect.text}`);
        return true;
      default:
        return this.adjust(effect);
    }
  }

  private adjust(effect: ClientEffect & { kind: 'step' | 'discipline' | 'release' }): boolean {
    const { systemClock } = this.ports;
    try {
      if (effect.kind === 'step') systemClock.step(effect.seconds);
      else if (effect.kind === 'release') systemClock.release();
      else systemClock.discipline(effect.discipline);
      return true;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (this.state.kind === 'stopped') return true;
      this.stop();
      const advice = error.code === 'EPERM' ? '; CAP_SYS_TIME is needed' : '';
      this.publish({ kind: 'failed', reason: `${error.message}${advice}` });
      return false;
    }
  }

  private resolve(host: string): void {
    const { request } = this;
    if (!request) return;
    this.ports.names.lookup(nameOf(host), request.nameservers).then(
      (addresses) => {
        if (this.request === request) this.step({ kind: 'resolved', host, addresses });
      },
      (error: Error) => {
        if (this.request === request) this.step({ kind: 'unresolved', host, reason: error.message });
      },
    );
  }

  private query({ id, host, address }: Source): void {
    this.forget(id);
    if (isNts(host)) {
      const interfaceName = this.request?.interfaceName ?? '';
      this.querySecurely(id, { host: nameOf(host), address, interfaceName });
    } else {
      this.exchange(id, { address, port: ntpPort }, encodeRequest, ok);
    }
  }

  /** With the keys of the server, which are fetched first if there are none. */
  private querySecurely(id: number, server: KeyServer): void {
    const known = this.associations.get(server);
    if (known) return this.askSecurely(id, server, known);
    // Forgotten as a question that waits on its socket would be.
    const fetching = { close: () => {} };
    this.questions.set(id, fetching);
    void this.associations.establish(server).then((keys) => {
      if (this.questions.get(id) !== fetching) return;
      if (keys.ok) return this.askSecurely(id, server, keys.value);
      this.forget(id);
      this.step({ kind: 'unreachable', id, reason: `NTS keys: ${keys.error}` });
    });
  }

  private askSecurely(id: number, server: KeyServer, { session, ...target }: Established): void {
    const { entropy } = this.ports;
    let question: NtsQuestion | undefined;
    const pack = (cookie: NtpTimestamp) => {
      question = session.ask(encodeRequest(cookie), (count) => entropy.bytes(count));
      return question.bytes;
    };
    this.exchange(id, target, pack, (bytes) => {
      const header = question && session.check(bytes, question);
      if (!header) return err('comes before our question');
      if (header.ok) return header;
      if (header.error.kind === 'unproven') return err(header.error.reason);
      this.associations.forget(server);
      this.forget(id);
      this.step({ kind: 'unreachable', id, reason: 'it has forgotten our NTS keys' });
      return err('asks for new NTS keys');
    });
  }

  /**
   * From a port of its own each time, so that no one off the path knows where an answer has to go.
   * @param pack makes the datagram of a request with this transmit timestamp.
   * @param unpack takes the NTP packet out of a datagram, or says what else it is.
   */
  private exchange(
    id: number,
    remote: { readonly address: IpAddress; readonly port: number },
    pack: (cookie: NtpTimestamp) => Uint8Array,
    unpack: (bytes: Uint8Array) => Result<Uint8Array, string>,
  ): void {
    const { datagrams, entropy } = this.ports;
    const cookie: NtpTimestamp = { seconds: entropy.uint32(), fraction: entropy.uint32() };
    let asked: Asked | undefined;
    try {
      const socket = datagrams.openStamped({
        family: familyOf(remote.address),
        remote,
        ...(this.request?.interfaceName ? { interfaceName: this.request.interfaceName } : {}),
        onDatagram: (bytes, wallTime) => {
          const packet = unpack(bytes);
          if (!packet.ok) this.drop(packet.error);
          else if (asked) this.receive(id, asked, packet.value, wallTime);
        },
        onError: (error) => this.unreachable(id, error),
      });
      this.questions.set(id, socket);
      asked = { cookie, sentRaw: this.toRaw(socket.send(pack(cookie))) };
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.unreachable(id, error);
    }
  }

  private receive(id: number, asked: Asked, bytes: Uint8Array, wallTime: number): void {
    const answer = readAnswer(asked, bytes, this.toRaw(wallTime));
    if (!answer.ok && answer.error.kind === 'stray') return this.drop(answer.error.reason);
    this.forget(id);
    if (answer.ok) this.step({ kind: 'sample', id, sample: answer.value });
    else this.step({ kind: 'refused', id, refusal: answer.error });
  }

  private drop(reason: string): void {
    this.ports.log.debug(`time: a datagram that ${reason} is dropped`);
  }

  private async addressOf(host: string): Promise<IpAddress> {
    const address = parseIp(host) ?? (await this.ports.names.lookup(host, this.request?.nameservers))[0];
    if (!address) throw new Error(`${host} has no address`);
    return address;
  }

  private unreachable(id: number, error: OsError): void {
    this.forget(id);
    this.step({ kind: 'unreachable', id, reason: error.message });
  }

  private forget(id: number): void {
    this.questions.get(id)?.close();
    this.questions.delete(id);
  }

  /** A moment of the wall clock a while ago, on the raw one. */
  private toRaw(wallTime: number): number {
    const { wall, raw } = this.ports.systemClock.read();
    return raw - (wall - wallTime);
  }
}
