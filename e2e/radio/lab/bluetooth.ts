// Two virtual Bluetooth controllers that hear each other (btvirt) and one bluetoothd for both: hci0 is the machine's own, hci1
// plays a phone that shares its connection.
//
// HCI exists in the first network namespace alone, so both ends of their network appear there; the phone's end is a port of the
// bridge "nap", which a cable joins to a site.
import { readdirSync, readFileSync } from 'node:fs';
import { Variant } from 'dbus-next';
import { BusClient, type Value } from '../../netns/lab/bus';
import type { Child } from '../../netns/lab/child';
import { EventRecord } from '../../netns/lab/record';
import type { Properties } from '../../netns/lab/view';
import type { Lab } from './lab';
import type { Machine } from './machine';
import type { Site } from './site';

const own = '/org/bluez/hci0';
const phone = '/org/bluez/hci1';
const bridge = 'nap';

/** For main.conf: the phone's end of the network is not the machine's. */
export const phoneIsLeftAlone = `[General]\nNetworkInterfaceBlacklist=${bridge}\n`;

type Objects = Record<string, Record<string, Properties>>;

export class Bluetooth {
  readonly #lab: Lab;
  readonly #client: BusClient;
  readonly #signals = new EventRecord<string>();
  #bluetoothd: Child | undefined;

  private constructor(lab: Lab, client: BusClient) {
    this.#lab = lab;
    this.#client = client;
    client.onSignal.push(({ path, member }) => this.#signals.add(`${path} ${member}`));
    client.serve((_, answer) => answer());
  }

  /** Both controllers, and bluetoothd. */
  static async begin(lab: Lab): Promise<Bluetooth> {
    const client = await BusClient.connect(lab.machine);
    await client.addMatch("type='signal',sender='org.bluez'");
    const bluetooth = new Bluetooth(lab, client);
    await lab.machine.run('modprobe hci_vhci');
    lab.machine.start(['btvirt', '-l2'], { log: 'btvirt' });
    await bluetooth.startDaemon();
    return bluetooth;
  }

  async startDaemon(): Promise<void> {
    const { machine, names } = this.#lab;
    this.#bluetoothd = machine.start(['/usr/libexec/bluetooth/bluetoothd', '-n', '-d', '--compat'], {
      log: 'bluetoothd',
    });
    await names.until('org.bluez', true);
    await this.#until('both adapters', (objects) => objects[own] && objects[phone]);
    const agent = { path: '/org/bluez', interface: 'org.bluez.AgentManager1' };
    await this.#call({ ...agent, member: 'RegisterAgent' }, 'os', '/lab/bluez', 'NoInputNoOutput');
    await this.#call({ ...agent, member: 'RequestDefaultAgent' }, 'o', '/lab/bluez');
  }

  /** It ends as by a crash. */
  async stopDaemon(): Promise<void> {
    await this.#bluetoothd?.stop('SIGKILL');
    await this.#lab.names.until('org.bluez', false);
  }

  /** Whether the kernel has the machine's own controller as blocked by a program. */
  get isBlocked(): boolean {
    const folder = '/sys/class/bluetooth/hci0';
    const entry = readdirSync(folder).find((name) => name.startsWith('rfkill'));
    return readFileSync(`${folder}/${entry}/soft`, 'latin1').trim() === '1';
  }

  /** Addresses as they stand in identifiers: the machine's, the phone's. */
  async idents(): Promise<[string, string]> {
    const objects = await this.#objects();
    const ident = (path: string) => String(objects[path]?.['org.bluez.Adapter1']?.Address).replaceAll(':', '');
    return [ident(own), ident(phone)];
  }

  /** The machine pairs with the phone, as its user would with bluetoothctl; or the other way round. */
  async pair(from: 'machine' | 'phone' = 'machine'): Promise<void> {
    const [here, there] = from === 'machine' ? [own, phone] : [phone, own];
    const adapter = 'org.bluez.Adapter1';
    for (const path of [own, phone])
      await this.#until(`${path} on`, (objects) => objects[path]?.[adapter]?.Powered === true);
    const set = { path: there, interface: 'org.freedesktop.DBus.Properties', member: 'Set' };
    await this.#call(set, 'ssv', adapter, 'Discoverable', new Variant('b', true));
    await this.#call({ path: here, interface: adapter, member: 'StartDiscovery' });
    const device = await this.#deviceOf(here, there);
    await this.#until('the other end to be found', (objects) => objects[device]);
    await this.#call({ path: here, interface: adapter, member: 'StopDiscovery' });
    await this.#call({ path: device, interface: 'org.bluez.Device1', member: 'Pair' });
  }

  /** The phone joins what the machine shares. @returns its end of the network, a link. */
  async join(): Promise<string> {
    const device = await this.#deviceOf(phone, own);
    await this.#until('the network of the machine', (objects) => objects[device]?.['org.bluez.Network1']);
    const connect = { path: device, interface: 'org.bluez.Network1', member: 'Connect' };
    return String((await this.#call(connect, 's', 'nap'))[0]);
  }

  /** One controller as the other one knows it. */
  async #deviceOf(here: string, there: string): Promise<string> {
    const address = (await this.#objects())[there]?.['org.bluez.Adapter1']?.Address;
    return `${here}/dev_${String(address).replaceAll(':', '_')}`;
  }

  /** The phone shares the connection of a site: every paired device may join. */
  async share(site: Site): Promise<void> {
    const { machine } = this.#lab;
    await machine.run(`ip link add ${bridge} type bridge forward_delay 0`);
    await machine.run(`ip link add ${bridge}-port type veth peer name port netns ${site.machine.name}`);
    await machine.run(`ip link set ${bridge}-port up master ${bridge}`);
    await machine.run(`ip link set ${bridge} up`);
    await site.machine.run(`ip link set port up master ${site.bridge}`);
    await this.register();
  }

  /**
   * The phone dials for paired devices (DUN): who connects gets what a modem says, then PPP, whose other end is in `machine`. The record
   * of the service is older than dundee's own, so that it is found first. To be called before they pair.
   */
  async dialFor(machine: Machine, ends: string, nameserver: string): Promise<void> {
    const channel = '5';
    const tty = '/dev/rfcomm0';
    await this.#lab.machine.run(['sdptool', 'add', `--channel=${channel}`, 'DUN']);
    const answer = [
      `stty -F ${tty} raw -echo`,
      `chat -v ATD '\\r\\nCONNECT' <${tty} >${tty}`,
      `exec ip netns exec ${machine.name} pppd ${tty} local nocrtscts noauth nodetach debug ${ends} ms-dns ${nameserver}`,
    ].join(' && ');
    const listen = ['rfcomm', '-i', 'hci1', 'listen', tty, channel, 'sh', '-c', answer];
    this.#lab.machine.start(listen, { log: 'phone' });
  }

  async register(): Promise<void> {
    const server = { path: phone, interface: 'org.bluez.NetworkServer1', member: 'Register' };
    await this.#call(server, 'ss', 'nap', bridge);
  }

  async #until(what: string, has: (objects: Objects) => unknown): Promise<void> {
    await this.#signals.until(what, async () => (has(await this.#objects()) ? true : undefined), 30_000);
  }

  async #objects(): Promise<Objects> {
    const manager = { path: '/', interface: 'org.freedesktop.DBus.ObjectManager', member: 'GetManagedObjects' };
    return (await this.#call(manager))[0] as Objects;
  }

  #call(
    call: { readonly path: string; readonly interface: string; readonly member: string },
    signature = '',
    ...body: (string | Variant)[]
  ): Promise<Value[]> {
    return this.#client.call({ destination: 'org.bluez', ...call, signature, body });
  }
}
