// This machine as a USB device: its end of the cable is a link of the kernel's own gadget functions, the other one a computer's.
import { dictionary } from '../netns/lab/view';
import { Machine } from './lab/machine';
import { scenario } from './lab/scenario';
import { askForAddress, uplink } from './lab/shared';
import { UsbDevice } from './lab/usb';

const technology = '/net/connman/technology/gadget';
/** The computer's end appears in this machine first; it is not this machine's. */
const computerIsLeftAlone = '[General]\nNetworkInterfaceBlacklist=usb1\n';

/** The Linux Foundation's, for gadgets with several functions. */
const ids = { vendor: '1d6b', product: '0104' };
const gadget = (kind: string, mac: string) => ({
  ...ids,
  functions: { [`${kind}.0`]: { dev_addr: mac, host_addr: '02:00:00:00:00:99' } },
});

scenario(
  'the end of a USB cable is a service gadget_MAC_usb with an address of the computer’s, by NCM, ECM and RNDIS; pulled and plugged in again (rules 46, 80 and 208)',
  async (lab) => {
    const office = await lab.site('office', '10.9.8');
    await lab.startDaemon(computerIsLeftAlone);
    for (const [at, kind] of ['ecm', 'rndis', 'ncm'].entries()) {
      const device = await UsbDevice.make(lab.machine, kind, gadget(kind, `02:00:c0:ff:ee:0${at}`));
      const joinOffice = async () => {
        const link = await device.hostLink();
        await lab.machine.run(`ip link set ${link} netns ${office.machine.name}`);
        await office.machine.run(`ip link set ${link} up master ${office.bridge}`);
      };
      await device.plugIn();
      await joinOffice();
      await lab.connman.until('a gadget technology', () => lab.connman.technologies.get(technology));
      if (at === 0) await lab.connmanctl('enable', 'gadget');
      const path = `/net/connman/service/gadget_0200c0ffee0${at}_usb`;
      const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
      await lab.connman.until(`a service by ${kind}`, service);
      expect(service()).toMatchObject({ Type: 'gadget', State: 'idle' });
      await lab.connman.call(path, 'Connect');
      await lab.connmanctl('config', path.split('/').at(-1) ?? '', '--autoconnect', 'yes');
      await lab.connman.until(`${kind} to be online`, () => service()?.State === 'online');
      const link = device.link(`${kind}.0`);
      expect(dictionary(service()?.Ethernet).Interface).toBe(link);
      expect(await lab.machine.addresses(link)).toEqual([expect.stringMatching(/^10\.9\.8\.1\d\d\/24$/)]);
      await lab.machine.run(`ping -c 1 -w 5 -I ${link} 10.9.8.1`);

      await device.pull();
      await lab.connman.until(`no service by ${kind}`, () => !service());
      expect(await lab.machine.addresses(link)).toEqual([]);
      // Plugged in again, that function of Linux 6.1 carries nothing.
      if (kind !== 'ncm') {
        await device.plugIn();
        await joinOffice();
        await lab.connman.until(`${kind} to be online again`, () => service()?.State === 'online');
      }
      await device.remove();
      await lab.connman.until(`no link of ${kind}`, () => !service());
    }
  },
  { part: 'connmand', radios: 1, onlyOurs: true },
);

scenario(
  'tether gadget on: a computer at the other end gets an address, reaches what is behind the cable, and is listed; also after it was pulled (rules 166 and 168)',
  async (lab) => {
    const device = await UsbDevice.make(lab.machine, 'ecm', gadget('ecm', '02:00:c0:ff:ee:00'));
    await device.plugIn();
    await lab.startDaemon(computerIsLeftAlone);
    await uplink(lab);
    await lab.connman.until('a gadget technology', () => lab.connman.technologies.get(technology));
    await lab.connmanctl('enable', 'gadget');
    expect(await lab.connmanctl('tether', 'gadget', 'on')).toContain('Enabled tethering for gadget');
    const computer = await Machine.beside(lab.machine, 'computer');
    for (const time of ['first', 'second']) {
      if (time === 'second') {
        await device.pull();
        await device.plugIn();
      }
      const link = await device.hostLink();
      await lab.machine.run(`ip link set ${link} netns ${computer.name}`);
      await computer.run(`ip link set ${link} up`);
      await askForAddress(lab, computer, link);
      await computer.run('ping -c 1 -w 5 10.9.9.1');
      expect(await lab.connmanctl('tethering_clients')).toContain('02:00:00:00:00:99');
    }
    expect(await lab.connmanctl('tether', 'gadget', 'off')).toContain('Disabled tethering for gadget');
    await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
  },
  { part: 'connmand', radios: 1, onlyOurs: true },
);
