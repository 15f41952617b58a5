// A USB modem, played by a gadget (usb.ts): two terminals for AT commands and, unless its data is PPP, a link for data. Its other side
// is a site's machine, as if that were the operator's network. Programs know it by its numbers and by what it says: a
// u-blox TOBY-L200, which hands its address out by DHCP (router mode) or by AT commands (bridge mode); without a link a SARA-G270.

import { type AtModel, AtModem } from './at-modem';
import type { Lab } from './lab';
import type { Site } from './site';
import { UsbDevice } from './usb';

export type ModemKind = 'static' | 'dhcp' | 'ppp';

/** Of the first and second terminal function, the device's own ends. */
const terminals = ['/dev/ttyGS0', '/dev/ttyGS1'];

export class UsbModem {
  readonly at: AtModem;
  readonly device: UsbDevice;

  private constructor(at: AtModem, device: UsbDevice) {
    this.at = at;
    this.device = device;
  }

  static async plugIn({ machine }: Lab, site: Site, kind: ModemKind): Promise<UsbModem> {
    const hasLink = kind !== 'ppp';
    const device = await UsbDevice.make(machine, kind, {
      ...{ vendor: '1546', product: hasLink ? '110a' : '1102' },
      functions: { 'acm.0': {}, 'acm.1': {}, ...(hasLink && { 'ncm.0': { ifname: 'modem%d' } }) },
    });
    for (const terminal of terminals) await machine.run(`stty -F ${terminal} raw -echo`);
    const at = AtModem.onTerminals(terminals, hasLink ? withLink(site, kind) : withPpp(site));
    await device.plugIn();
    if (hasLink) {
      const link = device.link('ncm.0');
      await machine.run(`ip link set ${link} netns ${site.machine.name}`);
      await site.machine.run(`ip link set ${link} up master ${site.bridge}`);
    }
    return new UsbModem(at, device);
  }

  async takeOut(): Promise<void> {
    this.at.close();
    await this.device.remove();
  }
}

function withLink(site: Site, kind: ModemKind): AtModel {
  return {
    answers: {
      '+CGMM': 'TOBY-L200',
      '+UUSBCONF?': '+UUSBCONF: 3,"RNDIS",,"0x110a"',
      '+UBMCONF?': `+UBMCONF: ${kind === 'static' ? 2 : 1}`,
    },
    ip: { address: `${site.subnet}.2`, netmask: '255.255.255.0', gateway: site.gateway },
  };
}

function withPpp({ machine, subnet, gateway }: Site): AtModel {
  const options = 'local nocrtscts noauth nodetach debug';
  return {
    answers: { '+CGMM': 'SARA-G270' },
    carry: (terminal) => {
      const words = `pppd ${terminal} ${options} ${gateway}:${subnet}.2 ms-dns ${gateway}`.split(' ');
      return machine.start(words, { log: 'modem-pppd' }).exited;
    },
  };
}

/** Tells programs of devices, and names their links, as udev does everywhere. */
export async function startUdev({ machine }: Lab): Promise<void> {
  const udevd = machine.start(['stdbuf', '-oL', '/lib/systemd/systemd-udevd'], { log: 'udevd' });
  await udevd.line(/interface naming scheme/);
  await machine.run('udevadm control --ping');
}
