/** Counters on request: on the bus, and on a socket of their own that speaks HTTP (MetricsSocket). */
import type { Logger } from '@connman/base';
import { OsError } from '@connman/base';
import { DnsProxyClient } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { BusStream, LocalListenerPort } from '@connman/ports';
import type { Metrics } from '../../model/metrics/metrics';
import type { ClientTraffic } from '../../model/tethering/client-traffic';
import { openMetrics } from './open-metrics';

/** What the daemon has counted, as far as it is known without asking another part. */
export interface Counted {
  readonly metrics: Metrics;
  clientTraffic(): readonly ClientTraffic[];
}

/** Of the DNS proxy on the bus, hosted or not; without one there is nothing to say of names. */
export async function metricsText(counted: Counted, bus: Bus): Promise<string> {
  const dns = await new DnsProxyClient(bus).statistics().catch(() => undefined);
  return openMetrics(counted.metrics, dns, counted.clientTraffic());
}

export interface MetricsSocketParts {
  readonly path: string;
  readonly listeners: LocalListenerPort;
  readonly log: Logger;
  readonly text: () => Promise<string>;
}

/** Root and its group read it. */
const mode = 0o660;
/** More than any request for it has. */
const mostRequestBytes = 8192;
const endOfHead = '\r\n\r\n';

/** A socket that cannot be made is said once, and connmand goes on without it. */
export function serveMetrics({ path, listeners, log, text }: MetricsSocketParts): { close(): void } {
  const streams = new Set<BusStream>();
  try {
    const listener = listeners.listen({
      ...{ path, mode },
      onStream: (take) => {
        let head = '';
        const end = () => {
          streams.delete(stream);
          stream.close();
        };
        const stream = take({
          onData: (bytes, fds) => {
            for (const fd of fds) stream.closeFd(fd);
            const wasWhole = head.includes(endOfHead);
            head += Buffer.from(bytes).toString('latin1');
            if (head.length > mostRequestBytes) return end();
            if (!wasWhole && head.includes(endOfHead)) void answer(head, text).then((reply) => send(reply));
          },
          onDrain: end,
          onClose: () => streams.delete(stream),
        });
        const send = (reply: string) => {
          if (!streams.has(stream)) return;
          stream.write(Buffer.from(reply), []);
          if (stream.queuedBytes === 0) end();
        };
        streams.add(stream);
      },
    });
    return {
      close: () => {
        for (const stream of streams) stream.close();
        listener.close();
      },
    };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    log.error(`MetricsSocket ${path}: ${error.message}; "connmanctl metrics" shows the same`);
    return { close: () => {} };
  }
}

async function answer(head: string, text: () => Promise<string>): Promise<string> {
  if (!/^GET [^ ]+ HTTP\/1\.\d\r\n/.test(head))
    return reply('405 Method Not Allowed', 'text/plain', 'GET is answered\n');
  return reply('200 OK', 'application/openmetrics-text; version=1.0.0; charset=utf-8', await text());
}

function reply(status: string, type: string, body: string): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`;
}
