// Cellular networks through oFono: the real ofonod with a modem of the laboratory's.
import { dictionary } from '../netns/lab/view';
import { AtModem, imsi, operator } from './lab/at-modem';
import type { Lab } from './lab/lab';
import { scenario } from './lab/scenario';
import { type ModemKind, startUdev, UsbModem } from './lab/usb-modem';

const technology = '/net/connman/technology/cellular';
const port = 12345;
const path = `/net/connman/service/cellular_${imsi}_context1`;
const providers = `<serviceproviders format="2.0"><country code="fi"><provider><name>${operator}</name><gsm>
<network-id mcc="244" mnc="07"/><apn value="web.example"><usage type="internet"/></apn></gsm></provider></country></serviceproviders>`;

/** There is no polkit, which it asks on the system's bus alone. */
async function startModemManager({ machine, names }: Lab, options: string): Promise<void> {
  const program = `cd /run && exec /usr/sbin/ModemManager --debug --test-session --test-no-suspend-resume ${options}`;
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/dbus/system_bus_socket' };
  machine.start(['sh', '-c', program], { env, log: 'modemmanager' });
  await names.until('org.freedesktop.ModemManager1', true);
}

/** One modem after the other is plugged in, connected and taken out. */
async function tryModems(
  lab: Lab,
  kinds: readonly (readonly [kind: ModemKind, address: RegExp])[],
  prepare: () => Promise<unknown> = async () => {},
): Promise<void> {
  const far = await lab.site('far', '10.9.9');
  const service = () => lab.connman.services.find((one) => one.path === path)?.properties;
  await lab.startDaemon();
  for (const [kind, address] of kinds) {
    const modem = await UsbModem.plugIn(lab, far, kind);
    await lab.connman.until('a cellular technology', () => lab.connman.technologies.get(technology), 120_000);
    if (lab.connman.technologies.get(technology)?.Powered !== true) await lab.connmanctl('enable', 'cellular');
    await lab.connman.until(`its service by ${kind}`, () => service()?.Name === operator, 120_000);
    await prepare();
    await lab.connman.call(path, 'Connect');
    await lab.connman.until(`${kind} to be online`, () => service()?.State === 'online', 60_000);
    expect([...modem.at.contexts.values()].at(-1)).toContain('"web.example"');
    const link = String(dictionary(service()?.Ethernet).Interface);
    expect([kind, ...(await lab.machine.addresses(link))]).toEqual([kind, expect.stringMatching(address)]);
    expect(service()?.Nameservers).toEqual(['10.9.9.1']);
    await lab.machine.run(`ping -c 1 -w 5 -I ${link} 10.9.9.1`);

    modem.at.roam(true);
    await lab.connman.until('it to roam', () => service()?.Roaming === true, 60_000);
    await lab.connman.call(path, 'Disconnect');
    await lab.connman.until('it to be idle', () => service()?.State === 'idle');
    await modem.takeOut();
    await lab.connman.until(`no service by ${kind}`, () => !service(), 60_000);
  }
}

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
    // As its own tests run it: modems are made by a call, on sockets.
    await startModemManager(lab, '--test-enable --test-no-udev --no-auto-scan');
    const test = '/org/freedesktop/ModemManager1 org.freedesktop.ModemManager1.Test.SetProfile';
    await lab.machine.run(
      `dbus-send --system --print-reply --dest=org.freedesktop.ModemManager1 ${test} string:lab string:generic array:string:port0`,
    );
    await lab.startDaemon();
    await lab.connman.until('a cellular technology', () => lab.connman.technologies.get(technology), 60_000);
    await lab.connmanctl('enable', 'cellular');
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

scenario(
  'a USB modem through the real ofonod, which provisions it: a context by PPP, a link of raw IP, leads out, roams, and goes with the modem (rule 213)',
  async (lab) => {
    lab.machine.write('/usr/share/mobile-broadband-provider-info/serviceproviders.xml', providers);
    await startUdev(lab);
    lab.machine.start(['/usr/sbin/ofonod', '-n', '-d'], {
      log: 'ofonod',
      env: { OFONO_AT_DEBUG: '1', OFONO_PPP_DEBUG: '1' },
    });
    await lab.names.until('org.ofono', true);
    // The model has IPv4 alone, which oFono 1.31 does not find out; it keeps the setting with the SIM.
    const setProtocol = 'org.ofono.ConnectionContext.SetProperty string:Protocol variant:string:ip';
    const ipv4Alone = () =>
      lab.machine.run(`dbus-send --system --print-reply --dest=org.ofono /ublox_0/context1 ${setProtocol}`);
    await tryModems(lab, [['ppp', /^10\.9\.9\.2\/32$/]], ipv4Alone);
  },
  { part: 'ofono', radios: 1, onlyOurs: true, isLong: true },
);

scenario(
  'USB modems through the real ModemManager: bearers by "static" and "dhcp" lead out, roam, and go with their modem',
  async (lab) => {
    lab.machine.write('/usr/share/mobile-broadband-provider-info/serviceproviders.xml', providers);
    await startUdev(lab);
    await startModemManager(lab, '');
    await tryModems(lab, [
      ['static', /^10\.9\.9\.2\/24$/],
      ['dhcp', /^10\.9\.9\.1\d\d\/24$/],
    ]);
  },
  { part: 'modemmanager', radios: 1, onlyOurs: true, isLong: true },
);
