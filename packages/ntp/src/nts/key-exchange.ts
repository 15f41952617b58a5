/** Fetches the keys and cookies of one server over TLS (RFC 8915 section 4). */
import { err, ok, type Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { Clock, KeyingStreamPort } from '@connman/ports';
import { ntpPort } from '../packet';
import {
  alpnProtocol,
  decodeKeyAnswer,
  encodeKeyRequest,
  exporterContext,
  exporterLabel,
  keyPort,
  longestAnswerBytes,
} from './records';
import { NtsSession } from './session';
import { keyBytes } from './siv';

export interface KeyServer {
  /** The name its certificate must carry; an address stands for itself. */
  readonly host: string;
  readonly address: IpAddress;
  readonly interfaceName: string;
}

export interface Established {
  readonly session: NtsSession;
  /** Where the time is to be asked for: it need not be where the keys came from. */
  readonly address: IpAddress;
  readonly port: number;
}

export interface KeyExchangePorts {
  readonly clock: Clock;
  readonly secureStreams: KeyingStreamPort;
  /** Rejects with an Error that says why there is none. */
  addressOf(host: string): Promise<IpAddress>;
}

/** From the first packet to the last byte of the answer. */
const patienceMs = 8000;

export async function exchangeKeys(
  ports: KeyExchangePorts,
  keyServer: KeyServer,
): Promise<Result<Established, string>> {
  try {
    const exchanged = await exchange(ports, keyServer);
    if (!exchanged.ok) return exchanged;
    const { session, server, port = ntpPort } = exchanged.value;
    const address = server === undefined ? keyServer.address : await ports.addressOf(server);
    return ok({ session, address, port });
  } catch (error) {
    // No connection at all, or no address of the time server that was named.
    return err((error as Error).message);
  }
}

interface Exchanged {
  readonly session: NtsSession;
  readonly server: string | undefined;
  readonly port: number | undefined;
}

function exchange(
  { clock, secureStreams }: KeyExchangePorts,
  { host, address, interfaceName }: KeyServer,
): Promise<Result<Exchanged, string>> {
  return new Promise((resolve) => {
    let received: Uint8Array = new Uint8Array();
    const finish = (result: Result<Exchanged, string>): void => {
      cancel();
      stream.close();
      resolve(result);
    };
    const cancel = clock.setTimer(patienceMs, () => finish(err(`no answer within ${patienceMs / 1000} s`)));
    const stream = secureStreams.connectSecure({
      ...{ address, port: keyPort, timeoutMs: patienceMs },
      ...(interfaceName && { interfaceName }),
      tls: { serverName: host === address ? '' : host, verify: true, caFile: '', alpn: alpnProtocol },
      onOpen: () => stream.write(encodeKeyRequest()),
      onData: (bytes) => {
        received = Buffer.concat([received, bytes]);
        const answer = decodeKeyAnswer(received);
        if (!answer) return received.length > longestAnswerBytes ? finish(err('its answer has no end')) : undefined;
        if (!answer.ok) return finish(answer);
        const { cookies, server, port } = answer.value;
        const key = (from: 'client' | 'server') => stream.exportKey(exporterLabel, exporterContext(from), keyBytes);
        const keys = { toServer: key('client'), toClient: key('server') };
        finish(ok({ session: new NtsSession(keys, cookies), server, port }));
      },
      onEnd: () => finish(err('it closed the connection before its answer was whole')),
      onError: (error) => finish(err(error.message)),
    });
  });
}
