// Bluetooth networks through BlueZ: a phone that shares its connection, and this machine joins.
import { dictionary } from '../netns/lab/view';
import { Bluetooth, phoneIsLeftAlone } from './lab/bluetooth';
import { Machine } from './lab/machine';
import { scenario } from './lab/scenario';
import { askForAddress, uplink } from './lab/shared';

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

scenario(
  'tether bluetooth on: a paired phone joins, reaches what is behind the cable, and is listed (rules 166 and 168)',
  async (lab) => {
    const bluetooth = await Bluetooth.begin(lab);
    await lab.startDaemon();
    await uplink(lab);
    await lab.connman.until('a Bluetooth technology', () => lab.connman.technologies.get(technology));
    await lab.connmanctl('enable', 'bluetooth');
    expect(await lab.connmanctl('tether', 'bluetooth', 'on')).toContain('Enabled tethering for bluetooth');
    await bluetooth.pair('phone');
    const link = await bluetooth.join();
    const phone = await Machine.beside(lab.machine, 'phone');
    await lab.machine.run(`ip link set ${link} netns ${phone.name} up`);
    await askForAddress(lab, phone, link);
    await phone.run('ping -c 1 -w 5 10.9.9.1');
    const [, mac = ''] = /link\/ether (\S+)/.exec(await phone.run(`ip link show ${link}`)) ?? [];
    expect(await lab.connmanctl('tethering_clients')).toContain(mac);

    expect(await lab.connmanctl('tether', 'bluetooth', 'off')).toContain('Disabled tethering for bluetooth');
    await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
  },
  { part: 'bluetooth', radios: 1, onlyOurs: true },
);

scenario(
  'a switch that another program throws is the technology’s power, the technology’s power throws the switch (rules 36 and 39)',
  async (lab) => {
    const bluetooth = await Bluetooth.begin(lab);
    await lab.startDaemon(phoneIsLeftAlone);
    await lab.connman.until('a Bluetooth technology', () => lab.connman.technologies.get(technology));
    await lab.connmanctl('enable', 'bluetooth');
    await bluetooth.share(await lab.site('far', '10.9.9'));
    await bluetooth.pair();
    const [own, phone] = await bluetooth.idents();
    const path = `/net/connman/service/bluetooth_${own}_${phone}`;
    const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
    const isPowered = () => lab.connman.technologies.get(technology)?.Powered === true;
    await lab.connman.until('its service', service);
    await lab.connman.call(path, 'Connect');
    await lab.connman.until('it to be online', () => service()?.State === 'online');

    // Both controllers: the technology is on while one of them is.
    await lab.machine.run('rfkill block bluetooth');
    await lab.connman.until('Bluetooth to be off, without a service', () => !isPowered() && !service());
    await lab.machine.run('rfkill unblock bluetooth');
    await lab.connman.until('Bluetooth to be on, with its service', () => isPowered() && service());
    await lab.connman.call(path, 'Connect');
    await lab.connman.until('it to be online', () => service()?.State === 'online');

    await lab.connmanctl('disable', 'bluetooth');
    expect([isPowered(), bluetooth.isBlocked]).toEqual([false, true]);
    await lab.connmanctl('enable', 'bluetooth');
    expect([isPowered(), bluetooth.isBlocked]).toEqual([true, false]);
  },
  { part: 'bluetooth', radios: 1, onlyOurs: true },
);

scenario(
  'a paired phone that dials is a service through dundee; connected it leads out by PPP, until it is disconnected (rule 212)',
  async (lab) => {
    const bluetooth = await Bluetooth.begin(lab);
    const phone = await Machine.beside(lab.machine, 'phone');
    await bluetooth.dialFor(phone, '10.64.1.1:10.64.1.2', '10.64.1.1');
    await lab.startDaemon();
    await lab.connman.until('a Bluetooth technology', () => lab.connman.technologies.get(technology));
    await lab.connmanctl('enable', 'bluetooth');
    await bluetooth.pair();
    // It looks at what devices offer when it starts.
    lab.machine.start(['/usr/sbin/dundee', '-n', '-d'], { log: 'dundee' });
    await lab.names.until('org.ofono.dundee', true);
    const path = '/net/connman/service/bluetooth_device0_device0';
    const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
    await lab.connman.until('its service', service);

    await lab.connman.call(path, 'Connect');
    await lab.connman.until('it to be ready', () => service()?.State === 'ready');
    const link = String(dictionary(service()?.Ethernet).Interface);
    expect(await lab.machine.addresses(link)).toEqual(['10.64.1.2/32']);
    expect(service()?.Nameservers).toEqual(['10.64.1.1']);
    expect(await lab.machine.run('ip route show default')).toContain(`dev ${link}`);
    await lab.machine.run(`ping -c 1 -w 20 -I ${link} 10.64.1.1`);

    await lab.connman.call(path, 'Disconnect');
    await lab.connman.until('it to be idle', () => service()?.State === 'idle');
    await lab.machine.until('no link of it', async () => !(await lab.machine.run('ip -o link')).includes(link));
  },
  { part: 'dundee', radios: 1, onlyOurs: true },
);
