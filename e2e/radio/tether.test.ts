// The connection of a cable is shared over Wi-Fi: this machine's radio is the access point, another one joins it.
import type { Lab } from './lab/lab';
import { Machine } from './lab/machine';
import { scenario } from './lab/scenario';
import { askForAddress, uplink } from './lab/shared';

const PASSPHRASE = 'correct horse';
const WIFI = '/net/connman/technology/wifi';
const options = { onlyOurs: true } as const;

/** A machine with a radio of its own, which joins the network and asks for an address. */
async function guest(
  lab: Lab,
  ssid: string,
  keys: 'WPA-PSK' | 'SAE',
): Promise<{ readonly machine: Machine; readonly link: string; readonly mac: string }> {
  const machine = await Machine.beside(lab.machine, 'guest');
  const { link } = await lab.radios.takeTo(machine);
  const network = `ctrl_interface=/run/guest\nnetwork={\n ssid="${ssid}"\n psk="${PASSPHRASE}"\n key_mgmt=${keys}\n ieee80211w=${keys === 'SAE' ? 2 : 1}\n scan_freq=2412 2437\n scan_ssid=1\n}\n`;
  lab.machine.write('/run/guest.conf', network);
  const supplicant = machine.start(
    ['stdbuf', '-oL', 'wpa_supplicant', '-D', 'nl80211', '-i', link, '-c', '/run/guest.conf'],
    {
      log: 'guest',
    },
  );
  await supplicant.line(/CTRL-EVENT-CONNECTED/);
  await askForAddress(lab, machine, link);
  const [, mac = ''] = /link\/ether (\S+)/.exec(await machine.run(`ip link show ${link}`)) ?? [];
  return { machine, link, mac };
}

scenario(
  'tether wifi on: a station joins with the passphrase, by WPA3 alone with wpa_supplicant, reaches what is behind the cable, and is listed (rules 165 and 168)',
  async (lab) => {
    await lab.begin();
    await uplink(lab);
    expect(await lab.connmanctl('tether', 'wifi', 'on', 'Mine', PASSPHRASE)).toContain('Enabled tethering for wifi');
    expect(lab.connman.technologies.get(WIFI)).toMatchObject({
      ...{ Tethering: true, TetheringIdentifier: 'Mine', TetheringPassphrase: PASSPHRASE, TetheringFreq: 2412 },
    });
    expect(await lab.machine.run(['iw', 'dev', lab.link, 'info'])).toMatch(/ssid Mine[\s\S]*type AP/);
    const station = await guest(lab, 'Mine', lab.backend.name === 'iwd' ? 'WPA-PSK' : 'SAE');
    await station.machine.run('ping -c 1 -w 5 10.9.9.1');
    expect(await lab.connmanctl('tethering_clients')).toContain(station.mac);
    await expect(lab.connman.call(WIFI, 'Scan')).rejects.toThrow(/busy/);

    expect(await lab.connmanctl('tether', 'wifi', 'off')).toContain('Disabled tethering for wifi');
    await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
    await lab.machine.until('a station again', async () =>
      /type managed/.test(await lab.machine.run(['iw', 'dev', lab.link, 'info'])),
    );
  },
  options,
);

scenario(
  'a hidden access point on another channel: no beacon names it, and a station that knows it joins; with iwd, which makes none, tether says so',
  async (lab) => {
    await lab.begin();
    await uplink(lab);
    const words = ['wifi', 'on', 'Mine', PASSPHRASE, '2437', '--hidden', 'yes'];
    if (lab.backend.name === 'iwd') {
      expect(await lab.connmanctl('tether', ...words)).toMatch(/iwd makes no hidden access points; show it/);
      return;
    }
    expect(await lab.connmanctl('tether', ...words)).toContain('Enabled tethering for wifi');
    expect(await lab.machine.run(['iw', 'dev', lab.link, 'info'])).toMatch(/channel 6 \(2437 MHz\)/);
    const station = await guest(lab, 'Mine', 'SAE');
    await station.machine.run('ping -c 1 -w 5 10.9.9.1');
    const seen = await station.machine.run(`iw dev ${station.link} scan dump`);
    expect(seen).toMatch(/SSID: (\\x00|$|\s)/m);
  },
  options,
);
