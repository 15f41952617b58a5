// Another machine that does Wi-Fi Direct: wpa_supplicant on a radio of its own, told what to do as its user would tell it.
import type { Child } from '../../netns/lab/child';
import type { Lab } from './lab';
import { Machine } from './machine';

export interface PhoneOptions {
  /** From 0, rather not the owner of a group, to 15. */
  readonly intent: number;
  /** WPS methods that it offers, as wpa_supplicant writes them; those of phones if not said. */
  readonly methods?: string;
}

const phoneMethods = 'virtual_push_button virtual_display keypad';

export class Phone {
  readonly machine: Machine;
  readonly supplicant: Child;
  readonly #lab: Lab;
  readonly #link: string;

  private constructor(lab: Lab, machine: Machine, supplicant: Child, link: string) {
    this.#lab = lab;
    this.machine = machine;
    this.supplicant = supplicant;
    this.#link = link;
  }

  static async open(lab: Lab, name: string, { intent, methods = phoneMethods }: PhoneOptions): Promise<Phone> {
    const machine = await Machine.beside(lab.machine, name);
    const { link } = await lab.radios.takeTo(machine);
    const lines = [
      `ctrl_interface=/run/${name}`,
      `device_name=${name}`,
      'device_type=10-0050F204-5',
      `p2p_go_intent=${intent}`,
      `config_methods=${methods}`,
    ];
    lab.machine.write(`/run/${name}.conf`, `${lines.join('\n')}\n`);
    const argv = ['stdbuf', '-oL', 'wpa_supplicant', '-D', 'nl80211', '-i', link, '-c', `/run/${name}.conf`];
    const supplicant = machine.start(argv, { log: name });
    await supplicant.line(/Successfully initialized/);
    // It says so before its P2P device exists.
    await lab.passes(1);
    return new Phone(lab, machine, supplicant, link);
  }

  /** A command of wpa_cli. @returns what it printed. */
  async tell(...words: readonly string[]): Promise<string> {
    const text = await this.machine.run([
      ...['wpa_cli', '-p', `/run/${this.machine.name}`, '-i', `p2p-dev-${this.#link}`],
      ...words,
    ]);
    if (/^FAIL/m.test(text)) throw new Error(`${this.machine.name}: ${words.join(' ')}: ${text}`);
    return text.trim();
  }

  /** Can be found, for as long as the scenario lasts. */
  async listen(): Promise<void> {
    await this.tell('p2p_ext_listen', '500', '600');
  }

  /** Its user says yes to the first one who asks. */
  async accept(...how: readonly string[]): Promise<void> {
    const [, asking = ''] = await this.supplicant.line(/P2P-GO-NEG-REQUEST (\S+)/);
    await this.tell('p2p_connect', asking, ...how);
  }

  /** The link of the group that it is in, as the owner or as a client. */
  async group(deadlineMs?: number): Promise<{ readonly link: string; readonly role: string }> {
    const [, link = '', role = ''] = await this.supplicant.line(/P2P-GROUP-STARTED (\S+) (GO|client)/, deadlineMs);
    return { link, role };
  }

  /** As the owner of a group it has an address and gives others theirs. */
  async serve(link: string, subnet = '192.168.49'): Promise<void> {
    await this.machine.run(`ip address add ${subnet}.1/24 dev ${link}`);
    const dnsmasq = this.machine.start(
      [
        ...[
          'dnsmasq',
          '--keep-in-foreground',
          '--conf-file=/dev/null',
          '--log-facility=-',
          '--log-dhcp',
          '--user=root',
        ],
        ...['--pid-file', '--port=0', '--no-ping', '--dhcp-authoritative', `--interface=${link}`, '--bind-interfaces'],
        `--dhcp-leasefile=/run/${this.machine.name}.leases`,
        `--dhcp-range=${subnet}.100,${subnet}.150,255.255.255.0,1h`,
      ],
      { log: `${this.machine.name}-dnsmasq` },
    );
    await dnsmasq.line(/DHCP, sockets bound|DHCP, IP range/);
  }

  /** The identifier of the peer that it is to the machine under test; found by a search. */
  async foundAs(): Promise<string> {
    expect(await this.#lab.connmanctl('scan', 'p2p')).toContain('Scan completed');
    const line = new RegExp(`^\\*?\\S*\\s*${this.machine.name}\\s.*(peer_\\w+)`, 'm');
    return line.exec(await this.#lab.connmanctl('peers'))?.[1] ?? '';
  }
}
