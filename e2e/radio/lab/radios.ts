// The simulated radios of a guest (mac80211_hwsim): one for the machine, the others for access points.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Machine } from './machine';

export interface Radio {
  readonly link: string;
  /** The kernel's name of the hardware, such as "phy1". */
  readonly phy: string;
  /** The number of its switch in /dev/rfkill. */
  readonly rfkill: number;
}

const RFKILL_OP_CHANGE = 2;

function radio(link: string): Radio {
  const phy = readFileSync(`/sys/class/net/${link}/phy80211/name`, 'latin1').trim();
  const entry = readdirSync(`/sys/class/ieee80211/${phy}`).find((name) => name.startsWith('rfkill'));
  return { link, phy, rfkill: Number(entry?.slice('rfkill'.length)) };
}

export class Radios {
  /** The machine's own. */
  readonly own: Radio;
  readonly #machine: Machine;
  /** Holds the radios not in use, out of reach of the daemon under test. */
  readonly #shelf: Machine;
  readonly #free: Radio[];

  private constructor(machine: Machine, shelf: Machine, own: Radio, free: Radio[]) {
    this.#machine = machine;
    this.#shelf = shelf;
    this.own = own;
    this.#free = free;
  }

  /** Plugs in `count` radios, which all hear each other: wlan0 for the machine, the others for access points. */
  static async plugIn(machine: Machine, count: number): Promise<Radios> {
    await machine.run(['modprobe', 'mac80211_hwsim', `radios=${count}`]);
    // Rules under which an access point may use the usual channels of both bands.
    // The kernel looked for its database before there was one.
    await machine.run('iw reg reload');
    await machine.run('iw reg set US');
    const shelf = await Machine.beside(machine, 'shelf');
    const free = Array.from({ length: count - 1 }, (_none, number) => radio(`wlan${number + 1}`));
    // What is sent is received as strongly as the receiver is told, without the sender's power on top.
    for (const { phy } of free) await machine.run(`iw phy ${phy} set txpower fixed 0`);
    for (const { phy } of free) await machine.run(`iw phy ${phy} set netns name ${shelf.name}`);
    return new Radios(machine, shelf, radio('wlan0'), free);
  }

  /** Takes a free radio to the machine that will use it. */
  async takeTo(there: Machine): Promise<Radio> {
    const taken = this.#free.shift();
    if (!taken) throw new Error('no radio is free: ask for more of them in the options of the scenario');
    await this.#shelf.run(`iw phy ${taken.phy} set netns name ${there.name}`);
    return taken;
  }

  /** Plugs one more radio into the machine. */
  async plugInAnother(): Promise<Radio> {
    const another = this.#free.shift();
    if (!another) throw new Error('no radio is free: ask for more of them in the options of the scenario');
    await this.#shelf.run(`iw phy ${another.phy} set netns 1`);
    return another;
  }

  /** How strongly the others receive what this radio sends, in dBm; new radios are heard at -50. */
  setSignal({ phy }: Radio, dbm: number): void {
    // The file takes unsigned numbers only.
    this.#hwsim(phy, 'rx_rssi', String(BigInt.asUintN(64, BigInt(dbm))));
  }

  /** A shielded radio is not heard and hears nothing, and nothing says so: power failure, or out of range. */
  setShielded({ phy }: Radio, shielded: boolean): void {
    this.#hwsim(phy, 'group', shielded ? '2' : '1');
  }

  /** Switches a radio on or off by software, whatever was done to all radios at once. */
  setBlocked({ rfkill }: Radio, blocked: boolean): void {
    // struct rfkill_event of linux/rfkill.h; the rfkill program does not see switches of other namespaces.
    const event = Buffer.alloc(8);
    event.writeUInt32LE(rfkill, 0);
    event.writeUInt8(RFKILL_OP_CHANGE, 5);
    event.writeUInt8(blocked ? 1 : 0, 6);
    writeFileSync('/dev/rfkill', event);
  }

  #hwsim(phy: string, file: string, text: string): void {
    this.#machine.write(`/sys/kernel/debug/ieee80211/${phy}/hwsim/${file}`, text);
  }
}
