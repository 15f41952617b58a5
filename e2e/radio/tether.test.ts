// A connection is shared over Wi-Fi: this machine's radio is the access point, another one joins it; and onboarding by such a one.
import type { Child } from '../netns/lab/child';
import type { Lab } from './lab/lab';
import { Machine } from './lab/machine';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';
import { askForAddress, uplink } from './lab/shared';

const PASSPHRASE = 'correct horse';
const WIFI = '/net/connman/technology/wifi';
const options = { onlyOurs: true } as const;

interface Guest {
  readonly machine: Machine;
  readonly link: string;
  readonly mac: string;
  readonly supplicant: Child;
}

/** A machine with a radio of its own, which joins the network and asks for an address. */
async function guest(lab: Lab, ssid: string, keys: 'WPA-PSK' | 'SAE', passphrase = PASSPHRASE): Promise<Guest> {
  const machine = await Machine.beside(lab.machine, 'guest');
  const { link } = await lab.radios.takeTo(machine);
  const network = `ctrl_interface=/run/guest\nnetwork={\n ssid="${ssid}"\n psk="${passphrase}"\n key_mgmt=${keys}\n ieee80211w=${keys === 'SAE' ? 2 : 1}\n scan_freq=2412 2437\n scan_ssid=1\n}\n`;
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
  return { machine, link, mac, supplicant };
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

const onboarding = '[General]\nOnboardingAfter=20\nOnboardingName=Box\nOnboardingPassphrase=let me in\n';
const right = 'battery staple';

scenario(
  'onboarding: without a connection there is an access point; a phone is led to its page, a wrong passphrase brings both back with the reason, the right one joins',
  async (lab) => {
    await lab.begin(onboarding);
    await lab.accessPoint(await lab.site(), { ssid: 'Home', security: wpa2(right) });
    await lab.find('Home');
    const isOn = (on: boolean) => () => lab.connman.technologies.get(WIFI)?.Tethering === on;
    await lab.connman.until('the access point', isOn(true), 60_000);
    const phone = await guest(lab, 'Box', lab.backend.name === 'iwd' ? 'WPA-PSK' : 'SAE', 'let me in');
    const curl = (...words: string[]) => phone.machine.run(['curl', '-s', '-m', '10', ...words]);
    const page = 'http://192.168.0.1/';
    const seen = ['--resolve', 'connectivitycheck.example:80:192.168.0.1', '-o', '/dev/null', '-w', '%{redirect_url}'];
    expect(await curl(...seen, 'http://connectivitycheck.example/generate_204')).toBe(page);
    expect(await phone.machine.run('dig +short +tries=2 +time=2 @192.168.0.1 connectivitycheck.example A')).toBe(
      '192.168.0.1',
    );
    const choose = async (passphrase: string) => {
      const text = await curl(page);
      const [, token = ''] = /name="token" value="(\w+)"/.exec(text) ?? [];
      const [, ssid = ''] = /value="(\w+)"[^>]*> Home/.exec(text) ?? [];
      const fields = { token, ssid, passphrase };
      await curl(
        ...Object.entries(fields).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]),
        `${page}join`,
      );
    };

    const asked = Date.now();
    await choose('wrong horse');
    await lab.connman.until('the radio at the network', isOn(false));
    await lab.connman.until('the access point again', isOn(true), 60_000);
    expect(Date.now() - asked).toBeLessThan(20_000);
    const { output } = phone.supplicant;
    const joined = () => output.items.filter((line) => line.includes('CTRL-EVENT-CONNECTED')).length > 1;
    await output.until('the phone at the access point again', joined);
    await askForAddress(lab, phone.machine, phone.link);
    expect(await curl(page)).toContain('The passphrase is wrong.');

    await choose(right);
    await lab.untilOnline('Home');
    await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
    expect(lab.connman.technologies.get(WIFI)?.Tethering).toBe(false);
    expect(lab.daemon.output.items.join('\n')).not.toMatch(/wrong horse|battery staple|let me in/);
  },
  { ...options, radios: 3 },
);
