// Bluetooth networks through BlueZ: a phone that shares its connection, and this machine joins.
import { dictionary } from '../netns/lab/view';
import { Bluetooth, phoneIsLeftAlone } from './lab/bluetooth';
import { scenario } from './lab/scenario';

const technology = '/net/connman/technology/bluetooth';

scenario(
  'a paired phone that shares its connection is a service; connected it leads out, also after bluetoothd has crashed (rules 210 and 211)',
  async (lab) => {
    const bluetooth = await Bluetooth.begin(lab);
    await lab.startDaemon(phoneIsLeftAlone);
    await lab.connman.until('a Bluetooth technology', () => lab.connman.technologies.get(technology));
    await lab.connmanctl('enable', 'bluetooth');
    await bluetooth.share(await lab.site('far', '10.9.9'));
    await bluetooth.pair();
    const [own, phone] = await bluetooth.idents();
    const id = `bluetooth_${own}_${phone}`;
    const path = `/net/connman/service/${id}`;
    const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
    await lab.connman.until('its service', service);
    expect(await lab.connmanctl('services')).toContain(id);

    await lab.connman.call(path, 'Connect');
    await lab.connman.until('it to be online', () => service()?.State === 'online');
    const link = String(dictionary(service()?.Ethernet).Interface);
    expect(await lab.machine.addresses(link)).toEqual([expect.stringMatching(/^10\.9\.9\.1\d\d\/24$/)]);
    await lab.machine.run(`ping -c 1 -w 5 -I ${link} 10.9.9.1`);

    await bluetooth.stopDaemon();
    await lab.connman.until('it to be gone', () => !service());
    await bluetooth.startDaemon();
    await bluetooth.register();
    await lab.connman.until('its service again', service);
    await lab.connman.call(path, 'Connect');
    await lab.connman.until('it to be online', () => service()?.State === 'online');
    await lab.connman.call(path, 'Disconnect');
    await lab.connman.until('it to be idle', () => service()?.State === 'idle');
    await lab.machine.until('no link of it', async () => !(await lab.machine.run('ip -o link')).includes(link));
  },
  { part: 'bluetooth', radios: 1, onlyOurs: true },
);
