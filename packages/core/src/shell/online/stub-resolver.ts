/**
 * Asks a service's own nameservers for the addresses of a host, by the service's own link and as its DNSOverTLS has it.
 *
 * The first server is asked at once. A server that is silent costs 250 ms before the next is asked as well, or the same
 * again if it is the only one; the first good answer of any of them counts.
 */
import { err, formatDecodeError, OsError, ok, type Result } from '@connman/base';
import type { DnsTlsMode } from '@connman/contracts';
import type { Family, IpAddress } from '@connman/inet';
import type { Clock, Entropy } from '@connman/ports';
import { type DnsAnswer, decodeAnswer, encodeQuery, type Question, questionOf } from './dns-message';
import { type Channel, type ChannelPorts, openChannel } from './question-channel';
import type { Resolve, ResolveFailure } from './resolve';

export interface StubResolverPorts extends ChannelPorts {
  readonly entropy: Entropy;
  readonly clock: Clock;
}

export interface StubTls {
  /** What the certificate of the server at an address must carry; the address itself for those that are not here. */
  readonly names: ReadonlyMap<IpAddress, string>;
  /** File of certificates (PEM) to trust; empty for those that come with Node.js. */
  readonly caFile: string;
}

/** Pause after each question of the first round over the servers; doubled with each round. */
const firstPauseMs = 250;
const maxPauseMs = 2000;
const giveUpMs = 5000;
const rcodeNames: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED' };
const rcodeNoSuchName = 3;

export function stubResolver(ports: StubResolverPorts, tls: StubTls): Resolve {
  return (host, family, servers, interfaceName, mode) => {
    let cancel = () => {};
    const result = new Promise<Result<readonly IpAddress[], ResolveFailure>>((resolve) => {
      const lookup = new Lookup(ports, { host, family, servers, interfaceName, mode, ...tls }, resolve);
      cancel = () => lookup.close();
      lookup.ask();
    });
    return { result, cancel };
  };
}

interface Wanted extends StubTls {
  readonly host: string;
  readonly family: Family;
  readonly servers: readonly IpAddress[];
  readonly interfaceName: string;
  readonly mode: DnsTlsMode;
}

/** One server as one lookup sees it. */
interface Server {
  readonly address: IpAddress;
  /** With an id of its own: the same for a question that is repeated. */
  readonly question: Question;
  channel?: Channel;
  /** Why it is asked no more. */
  failure?: ResolveFailure;
}

class Lookup {
  private readonly ports: StubResolverPorts;
  private readonly wanted: Wanted;
  private readonly done: (result: Result<readonly IpAddress[], ResolveFailure>) => void;
  private readonly servers: Server[] = [];
  private readonly cancelDeadline: () => void;
  private cancelPause = () => {};
  private asked = 0;
  private finished = false;
  /** The last datagram that was no answer: worth a word only if no answer comes. */
  private oddity = '';

  constructor(
    ports: StubResolverPorts,
    wanted: Wanted,
    done: (result: Result<readonly IpAddress[], ResolveFailure>) => void,
  ) {
    this.ports = ports;
    this.wanted = wanted;
    this.done = done;
    for (const address of wanted.servers) {
      const question = questionOf(wanted.host, wanted.family, ports.entropy.uint32() & 0xffff);
      if (question) this.servers.push({ address, question });
    }
    this.cancelDeadline = ports.clock.setTimer(giveUpMs, () => {
      const silent = this.servers.filter((server) => !server.failure).map((server) => server.address);
      this.fail(`no answer from ${silent.join(', ')} within ${giveUpMs / 1000} s${this.oddity}`, false);
    });
  }

  /** Asks the next server that is still worth it; the one after has its turn when a pause has passed. */
  ask(): void {
    this.cancelPause();
    for (let i = 0; i < this.servers.length; i++) {
      const round = Math.floor(this.asked / this.servers.length);
      const server = this.servers[this.asked++ % this.servers.length] as Server;
      if (server.failure || !this.send(server)) continue;
      const pauseMs = Math.min(firstPauseMs * 2 ** round, maxPauseMs);
      this.cancelPause = this.ports.clock.setTimer(pauseMs, () => this.ask());
      return;
    }
    this.allFailed();
  }

  private send(server: Server): boolean {
    try {
      const { interfaceName, mode, names, caFile } = this.wanted;
      server.channel ??= openChannel(this.ports, {
        address: server.address,
        interfaceName,
        tls: mode,
        serverName: names.get(server.address) ?? '',
        caFile,
        onMessage: (bytes) => this.receive(server, bytes),
        onFailure: (reason, transient) => this.giveUpOn(server, reason, transient),
      });
      server.channel.send(encodeQuery(server.question));
      return true;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      server.failure = { reason: error.message, transient: true };
      return false;
    }
  }

  private receive(server: Server, bytes: Uint8Array): void {
    if (this.finished || server.failure) return;
    const answer = decodeAnswer(bytes, server.question);
    if (answer.ok) this.judge(server, answer.value);
    // Late, broken or forged: the true answer may still come.
    else this.oddity = `; ${server.address} sent ${formatDecodeError(answer.error)}`;
  }

  private judge(server: Server, { rcode, truncated, addresses }: DnsAnswer): void {
    const { address } = server;
    const type = this.wanted.family === 4 ? 'A' : 'AAAA';
    if (rcode === 0 && addresses.length > 0) this.finish(ok(addresses));
    else if (rcode === rcodeNoSuchName) this.fail(`no such name, says ${address}`, false, true);
    else if (rcode !== 0) this.giveUpOn(server, `${address} answered ${rcodeNames[rcode] ?? `code ${rcode}`}`, false);
    else if (truncated) this.giveUpOn(server, `${address} answered more than fits in a datagram`, false);
    else this.fail(`no ${type} record, says ${address}`, false, true);
  }

  private giveUpOn(server: Server, reason: string, transient: boolean): void {
    if (this.finished || server.failure) return;
    server.failure = { reason, transient };
    this.ask();
  }

  private allFailed(): void {
    const failures = this.servers.map((server) => server.failure).filter((failure) => failure !== undefined);
    if (this.wanted.servers.length === 0) this.fail('no nameservers', false);
    else if (failures.length === 0) this.fail('not a name that can be asked for', false);
    else
      this.fail(
        failures.map(({ reason }) => reason).join('; '),
        failures.every(({ transient }) => transient),
      );
  }

  private fail(reason: string, transient: boolean, denied = false): void {
    this.finish(err({ reason: `${this.wanted.host}: ${reason}`, transient, ...(denied && { denied }) }));
  }

  private finish(result: Result<readonly IpAddress[], ResolveFailure>): void {
    this.close();
    this.done(result);
  }

  close(): void {
    this.finished = true;
    this.cancelPause();
    this.cancelDeadline();
    for (const server of this.servers) server.channel?.close();
  }
}
