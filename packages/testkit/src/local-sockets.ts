/** Unix stream sockets in memory: one side listens at a path, the other connects to it. */
import { OsError } from '@connman/base';
import type {
  BusStream,
  BusStreamEvents,
  BusStreamPort,
  LocalListenerOptions,
  LocalListenerPort,
} from '@connman/ports';

const ENOENT = 2;

class End implements BusStream {
  readonly passesFds = false;
  readonly queuedBytes = 0;
  peer: End | undefined;
  private readonly events: BusStreamEvents;

  constructor(events: BusStreamEvents) {
    this.events = events;
  }

  /** Arrives after the call, as through a kernel. */
  write(bytes: Uint8Array): void {
    const copy = bytes.slice();
    const to = this.peer;
    queueMicrotask(() => to?.peer && to.events.onData(copy, []));
  }

  pause(): void {}
  resume(): void {}
  closeFd(): void {}

  close(): void {
    const to = this.peer;
    this.peer = undefined;
    queueMicrotask(() => {
      if (!to?.peer) return;
      to.peer = undefined;
      to.events.onClose(undefined);
    });
  }
}

export class LocalSockets implements LocalListenerPort, BusStreamPort {
  private readonly listening = new Map<string, LocalListenerOptions>();

  /** Where something listens. */
  get paths(): readonly string[] {
    return [...this.listening.keys()];
  }

  listen(options: LocalListenerOptions): { close(): void } {
    this.listening.set(options.path, options);
    return {
      close: () => {
        if (this.listening.get(options.path) === options) this.listening.delete(options.path);
      },
    };
  }

  open(path: string, events: BusStreamEvents): Promise<BusStream> {
    const listener = this.listening.get(path);
    if (!listener) return Promise.reject(new OsError('connect', ENOENT, path));
    const client = new End(events);
    listener.onStream((serverEvents) => {
      const server = new End(serverEvents);
      server.peer = client;
      client.peer = server;
      return server;
    });
    return Promise.resolve(client);
  }
}
