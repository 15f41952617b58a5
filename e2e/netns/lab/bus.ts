// The private system bus of a machine, and a client on it.
//
// The client is dbus-next and not our own package: what our daemon sends is read by code that is not ours.
import { existsSync } from 'node:fs';
import { Message, type MessageBus, sessionBus, Variant } from 'dbus-next';
import { type Host, peersFolder, repository } from './host';

/** As much of a host as a bus needs. */
export type BusHost = Pick<Host, 'path' | 'write' | 'start'>;

export const BUS_SOCKET = '/run/dbus/system_bus_socket';

/** Activation files, for a test that has the bus start a program. */
export const SERVICES = '/run/dbus/services';

/** Policy files of a test, read last. */
export const LOCAL_POLICIES = '/run/dbus/policies';

/** The rules of a system bus: names and calls are forbidden unless a policy file of the program allows them. */
const BUS_CONFIG = (policies: readonly string[]) => `<busconfig>
  <type>system</type>
  <listen>unix:path=${BUS_SOCKET}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>${SERVICES}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  ${policies.map((file) => `<include>${file}</include>`).join('\n  ')}
  <includedir>${LOCAL_POLICIES}</includedir>
</busconfig>
`;

const POLICIES = [
  `${repository}/tools/packaging/connman-dbus.conf`,
  `${repository}/tools/packaging/connman-vpn-dbus.conf`,
  `${peersFolder}/usr/share/dbus-1/system.d/connman.conf`,
  `${peersFolder}/usr/share/dbus-1/system.d/org.freedesktop.NetworkManager.conf`,
  // Debian 12 and 13.
  `${peersFolder}/etc/dbus-1/system.d/wpa_supplicant.conf`,
  `${peersFolder}/usr/share/dbus-1/system.d/wpa_supplicant.conf`,
];

export async function startBus(host: BusHost, policies = POLICIES): Promise<void> {
  host.write(`${SERVICES}/README`, 'Programs the bus may start.\n');
  host.write('/run/dbus/lab.conf', BUS_CONFIG(policies.filter((file) => existsSync(file))));
  const daemon = host.start([
    'dbus-daemon',
    '--config-file=/run/dbus/lab.conf',
    '--nofork',
    '--nopidfile',
    '--print-address',
  ]);
  await daemon.line(/^unix:/);
}

/** Any value a message carries; variants are unwrapped, 64-bit numbers are BigInt. */
export type Value = string | number | bigint | boolean | Buffer | Value[] | { [key: string]: Value };

export interface Call {
  readonly destination?: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

export class BusError extends Error {
  readonly errorName: string;

  constructor(errorName: string, text: string) {
    super(text);
    this.errorName = errorName;
  }
}

export interface Incoming {
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly Value[];
}

/** Ends a call made to us: with an error, or with values. */
export type Answer = (
  errorName?: string,
  values?: { readonly signature: string; readonly body: readonly unknown[] },
) => void;

const ERROR = 3;
const SIGNAL = 4;

export class BusClient {
  readonly #bus: MessageBus;
  readonly #replies = new Map<number, (message: Message) => void>();
  readonly onSignal: ((signal: Incoming) => void)[] = [];

  private constructor(bus: MessageBus) {
    this.#bus = bus;
    bus.on('error', () => undefined); // the bus going away is the end of a test, not a fault
    bus.on('message', (message: Message) => this.#receive(message));
  }

  static async connect(host: Pick<Host, 'path'>): Promise<BusClient> {
    const bus = sessionBus({ busAddress: `unix:path=${host.path(BUS_SOCKET)}` });
    const client = new BusClient(bus);
    await new Promise<void>((resolve, reject) => {
      bus.once('connect', resolve);
      bus.once('error', reject);
    });
    return client;
  }

  get name(): string {
    return (this.#bus as MessageBus & { name: string }).name;
  }

  async addMatch(rule: string): Promise<void> {
    await this.call({
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
      member: 'AddMatch',
      signature: 's',
      body: [rule],
    });
  }

  /** @throws BusError when the answer is an error. */
  call(call: Call): Promise<Value[]> {
    return new Promise((resolve, reject) => {
      this.callInOrder(call, (body, error) => (error ? reject(error) : resolve(body)));
    });
  }

  /** Like call, but answers while the message is being handled: before any signal that came after it. */
  callInOrder(call: Call, answer: (body: Value[], error?: BusError) => void): void {
    const message = new Message({
      destination: 'net.connman',
      signature: '',
      ...call,
      body: [...(call.body ?? [])],
    });
    const serial = this.#bus.newSerial();
    message.serial = serial;
    this.#replies.set(serial, (reply) => {
      const body = reply.body.map(unwrap);
      answer(body, reply.errorName ? new BusError(reply.errorName, String(body[0] ?? '')) : undefined);
    });
    this.#bus.send(message);
  }

  /** Names and signatures of an object's properties, "Name s", in the order GetProperties gives them. */
  async signatures(path: string, kind: string): Promise<string[]> {
    const name = `net.connman.${kind[0]?.toUpperCase()}${kind.slice(1)}`;
    const message = new Message({ destination: 'net.connman', path, interface: name, member: 'GetProperties' });
    const reply = (await (this.#bus as unknown as { call(message: Message): Promise<Message> }).call(message)).body[0];
    return Object.entries(reply as Record<string, Variant>).map(([key, value]) => `${key} ${deepSignature(value)}`);
  }

  /** Takes calls made to us, as an agent does. Each can be answered whenever, or never. */
  serve(take: (call: Incoming, answer: Answer) => void): void {
    this.#bus.addMethodHandler((message: Message) => {
      take(incoming(message), (errorName, { signature, body } = { signature: '', body: [] }) => {
        const reply = Message.newMethodReturn(message, signature, [...body]);
        if (errorName) Object.assign(reply, { type: ERROR, errorName });
        this.#bus.send(reply);
      });
      return true;
    });
  }

  close(): void {
    this.#bus.disconnect();
  }

  #receive(message: Message): void {
    const serial = Number(message.replySerial);
    const waiting = this.#replies.get(serial);
    if (waiting && message.replySerial) {
      this.#replies.delete(serial);
      waiting(message);
    } else if ((message.type as unknown as number) === SIGNAL) {
      const signal = incoming(message);
      for (const listener of this.onSignal) listener(signal);
    }
  }
}

function incoming(message: Message): Incoming {
  const { sender, path, interface: name, member } = message;
  return { sender, path, interface: name, member, body: message.body.map(unwrap) };
}

/** The signature of a value, with those inside a dictionary of variants: "a{sv}{Method:s}". */
function deepSignature({ signature, value }: Variant): string {
  if (signature !== 'a{sv}') return signature;
  const inner = Object.entries(value as Record<string, Variant>).map(([key, one]) => `${key}:${deepSignature(one)}`);
  return `${signature}{${inner.join(',')}}`;
}

function unwrap(value: unknown): Value {
  if (value instanceof Variant) return unwrap(value.value);
  if (Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(unwrap);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
  return value as Value;
}
