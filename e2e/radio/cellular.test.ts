// Cellular networks through oFono: the real ofonod with a modem of the laboratory's.
import { dictionary } from '../netns/lab/view';
import { AtModem, imsi, operator } from './lab/at-modem';
import { scenario } from './lab/scenario';

const technology = '/net/connman/technology/cellular';
const port = 12345;

scenario(
  'a modem’s context is a service; connected with the access point name the user gives it leads out, and roams (rules 79 and 213)',
  async (lab) => {
    const modem = await AtModem.start(port);
    lab.machine.write('/etc/ofono/phonesim.conf', `[phonesim]\nDriver=phonesim\nAddress=127.0.0.1\nPort=${port}\n`);
    // The bearer.
    const far = await lab.site('far', '10.9.9');
    await lab.machine.run(`ip link add dummy0 type veth peer name port netns ${far.machine.name}`);
    await far.machine.run(`ip link set port up master ${far.bridge}`);
    lab.machine.start(['/usr/sbin/ofonod', '-n', '-d'], { log: 'ofonod' });
    await lab.names.until('org.ofono', true);

    await lab.startDaemon();
    await lab.connman.until('a cellular technology', () => lab.connman.technologies.get(technology));
    await lab.connmanctl('enable', 'cellular');
    const path = `/net/connman/service/cellular_${imsi}_context1`;
    const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
    await lab.connman.until('its service', () => service()?.Name === operator);
    expect(service()).toMatchObject({ Type: 'cellular', Roaming: false, Strength: expect.any(Number) });

    const user = await lab.user({ APN: 'web.example' });
    await lab.connman.call(path, 'Connect');
    expect(user.asked).toEqual(['RequestInput APN APN.Username APN.Password']);
    await lab.connman.until('it to be online', () => service()?.State === 'online');
    expect(dictionary(service()?.Ethernet).Interface).toBe('dummy0');
    await lab.machine.run('ping -c 1 -w 5 -I dummy0 10.9.9.1');

    modem.roam(true);
    await lab.connman.until('it to roam', () => service()?.Roaming === true && service()?.State === 'online');
    await lab.connman.call(path, 'Disconnect');
    await lab.connman.until('it to be idle', () => service()?.State === 'idle');
  },
  { part: 'ofono', radios: 1, onlyOurs: true },
);

scenario(
  'the real ModemManager’s modem is a service by the same name; its PPP is left to oFono with a message, and a name that is not known is asked for (rule 213)',
  async (lab) => {
    const modem = await AtModem.start('/run/port0');
    // As its own tests run it: modems are made by a call, on sockets, and there is no polkit.
    const options = '--debug --test-session --test-enable --test-no-udev --test-no-suspend-resume --no-auto-scan';
    const program = `cd /run && exec /usr/sbin/ModemManager ${options}`;
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/dbus/system_bus_socket' };
    lab.machine.start(['sh', '-c', program], { env, log: 'modemmanager' });
    await lab.names.until('org.freedesktop.ModemManager1', true);
    const test = '/org/freedesktop/ModemManager1 org.freedesktop.ModemManager1.Test.SetProfile';
    await lab.machine.run(
      `dbus-send --system --print-reply --dest=org.freedesktop.ModemManager1 ${test} string:lab string:generic array:string:port0`,
    );
    await lab.startDaemon();
    await lab.connman.until('a cellular technology', () => lab.connman.technologies.get(technology), 60_000);
    await lab.connmanctl('enable', 'cellular');
    const path = `/net/connman/service/cellular_${imsi}_context1`;
    const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
    await lab.connman.until('its service', () => service()?.Name === operator, 60_000);
    expect(service()).toMatchObject({ Type: 'cellular', Roaming: false, Strength: expect.any(Number) });
    modem.roam(true);
    await lab.connman.until('it to roam', () => service()?.Roaming === true, 60_000);

    const user = await lab.user({ APN: 'web.example' });
    await expect(lab.connman.call(path, 'Connect')).rejects.toThrow(/leaves PPP to others/);
    expect(user.asked[0]).toBe('RequestInput APN APN.Username APN.Password');
    // Both families are asked for.
    expect([...modem.contexts.values()].at(-1)).toMatch(/^"IPV4V6","web\.example"/);
  },
  { part: 'modemmanager', radios: 1, onlyOurs: true },
);
