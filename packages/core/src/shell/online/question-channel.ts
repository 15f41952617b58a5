/** How questions reach one name server and answers come back: as datagrams, or over TLS (RFC 7858). */
import { OsError } from '@connman/base';
import type { DnsTlsMode } from '@connman/contracts';
import { familyOf, type IpAddress } from '@connman/inet';
import type { DatagramPort, SecureStreamPort } from '@connman/ports';

export interface ChannelPorts {
  readonly datagrams: DatagramPort;
  readonly secureStreams: SecureStreamPort;
}

export interface ChannelOptions {
  readonly address: IpAddress;
  readonly interfaceName: string;
  readonly tls: DnsTlsMode;
  /** What its certificate must carry in strict mode; empty: its address. */
  readonly serverName: string;
  /** File of certificates (PEM) to trust; empty for those that come with Node.js. */
  readonly caFile: string;
  /** The bytes are valid during the call only. */
  onMessage(bytes: Uint8Array): void;
  /** Nothing more comes. `transient`: this machine could not even ask. */
  onFailure(reason: string, transient: boolean): void;
}

export interface Channel {
  /** A question may be said again where it can be lost. Throws OsError when it cannot leave. */
  send(query: Uint8Array): void;
  close(): void;
}

const dnsPort = 53;
const tlsPort = 853;
/** Opportunistic mode: a server that does not come to terms in this time is asked in the clear. */
const opportunityMs = 2000;

/** Throws OsError when there cannot be one at all. */
export function openChannel(ports: ChannelPorts, options: ChannelOptions): Channel {
  return options.tls === 'off' ? openDatagrams(ports, options) : new SecureChannel(ports, options);
}

function openDatagrams(ports: ChannelPorts, { address, interfaceName, onMessage, onFailure }: ChannelOptions): Channel {
  return ports.datagrams.open({
    family: familyOf(address),
    interfaceName,
    remote: { address, port: dnsPort },
    onDatagram: (bytes) => onMessage(bytes),
    onError: (error) => onFailure(error.message, true),
  });
}

class SecureChannel implements Channel {
  private readonly ports: ChannelPorts;
  private readonly options: ChannelOptions;
  private readonly stream;
  private query: Uint8Array | undefined;
  /** What took the stream's place in opportunistic mode. */
  private clear: Channel | undefined;
  private received = new Uint8Array(0);

  constructor(ports: ChannelPorts, options: ChannelOptions) {
    this.ports = ports;
    this.options = options;
    const { address, interfaceName, tls, serverName, caFile } = options;
    this.stream = ports.secureStreams.connectSecure({
      address,
      port: tlsPort,
      interfaceName,
      tls: { serverName, caFile, verify: tls === 'strict' },
      ...(tls === 'opportunistic' && { timeoutMs: opportunityMs }),
      onOpen: () => {},
      onData: (bytes) => this.receive(bytes),
      onEnd: () => this.lost(new Error('TLS: the server closed the connection')),
      onError: (error) => this.lost(error),
    });
  }

  send(query: Uint8Array): void {
    if (this.clear) this.clear.send(query);
    else if (!this.query) this.stream.write(framed(query));
    this.query = query;
  }

  close(): void {
    this.stream.close();
    this.clear?.close();
  }

  private receive(bytes: Uint8Array): void {
    const all = new Uint8Array(this.received.length + bytes.length);
    all.set(this.received);
    all.set(bytes, this.received.length);
    let at = 0;
    while (all.length - at >= 2) {
      const end = at + 2 + (((all[at] as number) << 8) | (all[at + 1] as number));
      if (end > all.length) break;
      this.options.onMessage(all.subarray(at + 2, end));
      at = end;
    }
    this.received = all.slice(at);
  }

  private lost(error: Error): void {
    this.stream.close();
    const { tls, address, onFailure } = this.options;
    if (tls === 'strict') {
      const isOurs = error instanceof OsError;
      return onFailure(isOurs ? error.message : `${address}: ${error.message}`, isOurs);
    }
    try {
      this.clear = openDatagrams(this.ports, this.options);
      if (this.query) this.clear.send(this.query);
    } catch (failure) {
      if (!(failure instanceof OsError)) throw failure;
      onFailure(failure.message, true);
    }
  }
}

/** A message behind its length (RFC 1035 section 4.2.2), in one piece. */
function framed(query: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + query.length);
  bytes[0] = query.length >>> 8;
  bytes[1] = query.length;
  bytes.set(query, 2);
  return bytes;
}
