/**
 * Manager.RegisterPeerService and UnregisterPeerService (ConnMan rule 217): what clients of the bus offer to peers. It ends with the
 * client that registered it.
 */
import { invalidArguments, type PeerService } from '@connman/contracts';
import type { Bus, MethodCall, replyLater, Variant } from '@connman/dbus';
import type { Calls } from './calls';

export interface PeerServicesOptions {
  readonly bus: Pick<Bus, 'watchName'>;
  readonly calls: Pick<Calls, 'ask' | 'tell'>;
}

/** Of a name, a query, a response or elements. */
const mostBytes = 4096;

export class PeerServices {
  private readonly options: PeerServicesOptions;
  /** Clients that have registered something, by their unique names: how to watch them no longer. */
  private readonly owners = new Map<string, () => void>();

  constructor(options: PeerServicesOptions) {
    this.options = options;
  }

  register(specification: ReadonlyMap<string, Variant>, isMaster: boolean, call: MethodCall<''>): typeof replyLater {
    const service = parsePeerService(specification);
    this.watch(call.sender);
    return this.options.calls.ask(call, { kind: 'register-peer-service', owner: call.sender, service, isMaster });
  }

  unregister(specification: ReadonlyMap<string, Variant>, call: MethodCall<''>): typeof replyLater {
    const service = parsePeerService(specification);
    return this.options.calls.ask(call, { kind: 'unregister-peer-service', owner: call.sender, service });
  }

  close(): void {
    for (const end of this.owners.values()) end();
    this.owners.clear();
  }

  private watch(owner: string): void {
    if (this.owners.has(owner)) return;
    const end = this.options.bus.watchName(owner, () => {
      this.owners.delete(owner);
      this.options.calls.tell({ kind: 'end-peer-services', owner });
    });
    this.owners.set(owner, end);
  }
}

/** Throws BusError for what is none of the three kinds. */
export function parsePeerService(specification: ReadonlyMap<string, Variant>): PeerService {
  const bytes = (key: string) => specification.get(key)?.as('ay');
  const elements = bytes('WiFiDisplayIEs');
  const [query, response] = [bytes('BonjourQuery'), bytes('BonjourResponse')];
  const service = specification.get('UpnpService')?.as('s');
  const version = specification.get('UpnpVersion')?.as('i');
  for (const value of [elements, query, response, service]) {
    if (value !== undefined && value.length > mostBytes) throw invalidArguments(`longer than ${mostBytes} bytes`);
  }
  if (elements?.length) return { kind: 'display', elements: hex(elements) };
  if (query?.length && response?.length) return { kind: 'bonjour', query: hex(query), response: hex(response) };
  if (service && version !== undefined && version > 0 && version < 256) return { kind: 'upnp', version, service };
  throw invalidArguments(
    'a peer service has BonjourQuery and BonjourResponse, or UpnpService and UpnpVersion (1 to 255), or WiFiDisplayIEs',
  );
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
