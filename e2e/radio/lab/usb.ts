// A USB device and its cable. The kernel plays the device (a gadget, put together in configfs) and the controller that it is plugged
// into (dummy_hcd), so that both ends appear in the guest: a scenario moves the end that is not under test to another machine.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Child } from '../../netns/lab/child';
import type { Machine } from './machine';

const gadgets = '/sys/kernel/config/usb_gadget';
const controller = 'dummy_udc.0';
/** What udev would load for the host's side of the functions. */
const hostModules = ['cdc_acm', 'cdc_ncm', 'cdc_ether', 'rndis_host'];
/** Of the host: the interfaces of the devices that are plugged in. */
const bus = '/sys/bus/usb/devices';

export interface UsbDevicePlan {
  /** In hexadecimal digits. */
  readonly vendor: string;
  readonly product: string;
  /** In the order of their interfaces: names in configfs (`ncm.0`), and the attributes to be set of each. */
  readonly functions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export class UsbDevice {
  readonly #machine: Machine;
  /** A line for each device of the kernel that comes or goes. */
  readonly #changes: Child;
  readonly #folder: string;
  readonly #functions: readonly string[];

  private constructor(machine: Machine, changes: Child, folder: string, functions: readonly string[]) {
    this.#machine = machine;
    this.#changes = changes;
    this.#folder = folder;
    this.#functions = functions;
  }

  /** The device; it is not plugged in yet. One is plugged in at a time. */
  static async make(machine: Machine, name: string, plan: UsbDevicePlan): Promise<UsbDevice> {
    if (!existsSync(gadgets)) {
      for (const module of ['dummy_hcd', 'libcomposite', ...hostModules]) await machine.run(`modprobe ${module}`);
      await machine.run('mount -t configfs configfs /sys/kernel/config');
    }
    const folder = `${gadgets}/${name}`;
    const strings = `${folder}/strings/0x409`;
    const configuration = `${folder}/configs/c.1`;
    for (const one of [folder, strings, configuration]) mkdirSync(one);
    writeFileSync(`${folder}/idVendor`, `0x${plan.vendor}`);
    writeFileSync(`${folder}/idProduct`, `0x${plan.product}`);
    writeFileSync(`${strings}/manufacturer`, 'Lab');
    writeFileSync(`${strings}/product`, name);
    writeFileSync(`${strings}/serialnumber`, '1');
    for (const [one, attributes] of Object.entries(plan.functions)) {
      mkdirSync(`${folder}/functions/${one}`);
      for (const [attribute, value] of Object.entries(attributes))
        writeFileSync(`${folder}/functions/${one}/${attribute}`, value);
      symlinkSync(`${folder}/functions/${one}`, `${configuration}/${one}`);
    }
    const changes = machine.start(['stdbuf', '-oL', 'udevadm', 'monitor', '--kernel']);
    await changes.line(/the kernel uevent/);
    return new UsbDevice(machine, changes, folder, Object.keys(plan.functions));
  }

  /** Plugs the cable in, the first time or again. The device's own links exist from the first time on. */
  async plugIn(): Promise<void> {
    writeFileSync(`${this.#folder}/UDC`, controller);
    await this.#until('the device at its host', isConfigured);
  }

  async pull(): Promise<void> {
    writeFileSync(`${this.#folder}/UDC`, '\n');
    await this.#until('no device at its host', () => !isConfigured());
  }

  /** Takes it apart, so that another one can be plugged in. */
  async remove(): Promise<void> {
    if (readFileSync(`${this.#folder}/UDC`, 'latin1').trim() !== '') await this.pull();
    this.#changes.signal('SIGTERM');
    for (const one of this.#functions) {
      await this.#machine.run(['rm', `${this.#folder}/configs/c.1/${one}`]);
      await this.#machine.run(['rmdir', `${this.#folder}/functions/${one}`]);
    }
  }

  /** The device's own end of a function: the name of its link. */
  link(name: string): string {
    return readFileSync(`${this.#folder}/functions/${name}/ifname`, 'latin1').trim();
  }

  /** The host's end of its network function: the name of the link. */
  async hostLink(): Promise<string> {
    return this.#until('the link of the host', () => atHost('net')[0]);
  }

  #until<R>(what: string, look: () => R): Promise<NonNullable<R>> {
    return this.#changes.output.until(what, look);
  }
}

/** What the host has of a class for the device, in the order of its interfaces. */
function atHost(subsystem: 'net' | 'tty'): string[] {
  const interfaces = existsSync(bus) ? readdirSync(bus).filter((name) => name.includes(':')) : [];
  return interfaces.sort().flatMap((name) => {
    const folder = `${bus}/${name}/${subsystem}`;
    return existsSync(folder) ? readdirSync(folder) : [];
  });
}

/** Interfaces of the root hubs have the port 0. */
function isConfigured(): boolean {
  return readdirSync(bus).some((name) => /^\d+-[1-9]\d*:/.test(name));
}
