/** Commands on technologies: enable, disable, scan, tether. */
import { isConnmanError } from '@connman/contracts';
import { BusError, bool, busErrorName, int32, str } from '@connman/dbus';
import { type Client, patience } from '../client';
import { fine, missing, nameIn, type Outcome, parseBoolean, parseCount, takeAtMost, wrong } from '../words';

export const enable = (client: Client, words: readonly string[]) => setPowered(client, words, true);
export const disable = (client: Client, words: readonly string[]) => setPowered(client, words, false);

async function setPowered(client: Client, words: readonly string[], on: boolean): Promise<Outcome> {
  takeAtMost(1, words);
  const name = nameIn(words[0], 'a technology');
  try {
    if (name === 'offline') await client.manager.call('SetProperty', ['OfflineMode', bool(on)], patience);
    else await client.technology(name).call('SetProperty', ['Powered', bool(on)], patience);
    // 'Disable', not 'Disabled': scripts know it so.
    client.out(`${on ? 'Enabled' : 'Disable'} ${name}\n`);
  } catch (error) {
    if (isConnmanError(error, on ? 'AlreadyEnabled' : 'AlreadyDisabled'))
      client.terminal.error(`${name} is already ${on ? 'enabled' : 'disabled'}\n`);
    else if (error instanceof BusError && error.errorName === busErrorName.unknownObject)
      client.complain(`${name} is not available\n`);
    else client.tell(name, error);
  }
  return fine;
}

export async function scan(client: Client, words: readonly string[]): Promise<Outcome> {
  takeAtMost(1, words);
  const name = nameIn(words[0], 'a technology');
  const technology = client.technology(name);
  const answer = technology.call('Scan', [], patience);
  await client.show(answer, () => `Scan completed for ${name}\n`, technology.address.path);
  return fine;
}

interface Tethering {
  readonly technology: string;
  readonly on?: boolean | undefined;
  /** Of wifi's access point. */
  readonly ssid?: string;
  readonly passphrase?: string;
  /** MHz. */
  readonly frequency?: number | undefined;
  readonly hidden?: boolean;
}

/** `TECHNOLOGY on|off`, `wifi SSID PASSPHRASE` or `wifi on|off SSID PASSPHRASE [MHZ] [--hidden yes|no]`. */
export function parseTethering(line: readonly string[]): Tethering {
  const at = line.indexOf('--hidden');
  if (at < 0) return parseAccessPoint(line);
  const hidden = parseBoolean(line[at + 1]);
  if (hidden === undefined) throw missing('yes or no after --hidden');
  const others = [...line.slice(0, at), ...line.slice(at + 2)];
  if (others[0] !== 'wifi') throw wrong('--hidden', 'wifi before it');
  return { ...parseAccessPoint(others), hidden };
}

function parseAccessPoint(words: readonly string[]): Tethering {
  const [first, ...rest] = words;
  takeAtMost(first === 'wifi' ? 5 : 2, words);
  const technology = nameIn(first, 'a technology');
  const on = parseBoolean(rest[0]);
  if (rest.length === 0) throw missing('on or off');
  if (rest.length === 1) {
    if (on === undefined) throw wrong(rest[0] ?? '', 'on or off');
    return { technology, on };
  }
  const [ssid, passphrase, mhz] = rest.length === 2 ? rest : rest.slice(1);
  const frequency = parseCount(mhz);
  if (ssid === undefined || passphrase === undefined) throw missing('a passphrase');
  if (rest.length > 2 && on === undefined) throw wrong(rest[0] ?? '', 'on or off');
  if (mhz !== undefined && frequency === undefined) throw wrong(mhz, 'a frequency in MHz');
  return { technology, on: rest.length === 2 ? undefined : on, ssid, passphrase, frequency };
}

export async function tether(client: Client, words: readonly string[]): Promise<Outcome> {
  const wanted = parseTethering(words);
  const { technology, on, ssid, passphrase, frequency, hidden } = wanted;
  const set = async (name: string, value: ReturnType<typeof str>, done: string, failed: string) => {
    try {
      await client.technology(technology).call('SetProperty', [name, value], patience);
      client.out(`${done}\n`);
      return true;
    } catch (error) {
      client.tell(failed, error);
      return false;
    }
  };
  // At once, so that each that is refused is named; sharing begins when none was.
  const settings = await Promise.all([
    ssid === undefined || set('TetheringIdentifier', str(ssid), 'Wifi SSID set', 'setting wifi SSID'),
    passphrase === undefined ||
      set('TetheringPassphrase', str(passphrase), 'Wifi passphrase set', 'setting wifi passphrase'),
    frequency === undefined ||
      set('TetheringFreq', int32(frequency), 'Wifi access point frequency set', 'setting wifi frequency'),
    hidden === undefined ||
      set(
        'TetheringHidden',
        bool(hidden),
        `Wifi access point ${hidden ? 'hidden' : 'shown'}`,
        'hiding the access point',
      ),
  ]);
  if (on !== undefined && settings.every((isDone) => isDone)) {
    const done = `${on ? 'Enabled' : 'Disabled'} tethering for ${technology}`;
    await set('Tethering', bool(on), done, `${on ? 'enabling' : 'disabling'} ${technology} tethering`);
  }
  return fine;
}
