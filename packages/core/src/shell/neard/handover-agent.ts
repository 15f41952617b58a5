/**
 * Wi-Fi by NFC: neard, where it runs, gives the network that was read from a tag or a phone, which is joined; and is given the network
 * that this machine shares (org.neard.HandoverAgent).
 */
import { type Logger, Secret } from '@connman/base';
import {
  type Bus,
  BusError,
  bytes,
  defineInterface,
  type MethodCall,
  type replyLater,
  type Variant,
} from '@connman/dbus';
import type { Intent } from '../../events';
import type { Snapshot } from '../publish/snapshot';
import type { Secrets } from '../secrets';
import { decodeCredential, encodeCredential } from './wsc';

const neardName = 'org.neard';
const agentPath = '/net/connman/neard_handover_agent';
const carrier = 'wifi';
const wifiPath = '/net/connman/technology/wifi';

const managerMethods = {
  RegisterHandoverAgent: { in: 'o path, s carrier', out: '' },
  UnregisterHandoverAgent: { in: 'o path, s carrier', out: '' },
} as const;

const managers = [
  {
    spec: defineInterface({ name: 'org.neard.AgentManager', methods: managerMethods, signals: {} }),
    path: '/org/neard',
  },
  // neard before 0.14.
  { spec: defineInterface({ name: 'org.neard.Manager', methods: managerMethods, signals: {} }), path: '/' },
];

const agentInterface = defineInterface({
  name: 'org.neard.HandoverAgent',
  methods: {
    RequestOOB: { in: 'a{sv} data', out: 'a{sv} data' },
    PushOOB: { in: 'a{sv} data', out: '' },
    Release: { in: '', out: '' },
  },
  signals: {},
});

export interface HandoverOptions {
  readonly bus: Bus;
  /** Hands the engine an intent of the caller's, who is answered when it is carried out. */
  readonly ask: (call: MethodCall, intent: Intent) => typeof replyLater;
  readonly snapshot: () => Snapshot;
  readonly secrets: Pick<Secrets, 'keep'>;
  readonly log: Logger;
}

export class HandoverAgent {
  private readonly options: HandoverOptions;
  private owner: string | undefined;

  constructor(options: HandoverOptions) {
    this.options = options;
    options.bus.export(agentPath, agentInterface, {
      RequestOOB: (_, call) => ({ WSC: bytes(this.shared(call)) }),
      PushOOB: ([data], call) => this.join(data, call),
      Release: (_, call) => this.refuseOthers(call),
    });
  }

  /** neard has a new name on the bus, or none. */
  appeared(owner: string | undefined): void {
    if (owner === this.owner) return;
    this.owner = owner;
    if (owner !== undefined) void this.register();
  }

  private async register(): Promise<void> {
    const { bus, log } = this.options;
    let reason = '';
    for (const { spec, path } of managers) {
      try {
        const manager = bus.object(spec, { name: neardName, path });
        await manager.call('RegisterHandoverAgent', [agentPath, carrier], { autoStart: false });
        return log.info('neard hands over Wi-Fi networks from now on');
      } catch (error) {
        reason = (error as BusError).message;
      }
    }
    log.warning(`neard takes no handover agent for Wi-Fi (${reason}); networks are not joined by NFC`);
  }

  private join(data: ReadonlyMap<string, Variant>, call: MethodCall): typeof replyLater {
    this.refuseOthers(call);
    const { log, secrets } = this.options;
    const message = data.get('WSC')?.as('ay');
    if (!message) throw failed('no Wi-Fi network is handed over');
    const credential = decodeCredential(message);
    if (!credential.ok) {
      log.warning(`a Wi-Fi network handed over by NFC is not joined: ${credential.error}`);
      throw failed(credential.error);
    }
    const { ssid, key } = credential.value;
    const passphrase = key === undefined ? {} : { passphrase: secrets.keep(new Secret(key)) };
    return this.options.ask(call, { kind: 'join', ssid: Buffer.from(ssid).toString('hex'), ...passphrase });
  }

  /** The access point of a shared connection. */
  private shared(call: MethodCall): Uint8Array {
    this.refuseOthers(call);
    const wifi = this.options.snapshot().technologies.get(wifiPath);
    if (wifi?.get('Tethering')?.as('b') !== true) throw failed('no Wi-Fi network is shared');
    const ssid = new TextEncoder().encode(wifi.get('TetheringIdentifier')?.as('s') ?? '');
    const key = wifi.get('TetheringPassphrase')?.as('s');
    return encodeCredential({ ssid, ...(key && { key }) });
  }

  /** Others have connmand's own interfaces. */
  private refuseOthers(call: MethodCall): void {
    if (call.sender !== this.owner)
      throw new BusError('org.freedesktop.DBus.Error.AccessDenied', 'this object is for neard');
  }
}

const failed = (text: string) => new BusError('org.neard.HandoverAgent.Error.Failed', text);
