// connmanctl and Wi-Fi: ours prints of the same daemon, byte for byte, what Debian's prints.
import { ours } from '../netns/lab/subject';
import type { Lab } from './lab/lab';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';

const PASSPHRASE = 'correct horse';
const clients = [['/usr/bin/connmanctl'], [...ours.client]];

/** ID stands for the service of Home; each leaves behind what it found. */
const commands = [
  'technologies',
  'services',
  'services ID',
  'scan wifi',
  'connect ID',
  'config ID --autoconnect on',
  'config ID --mdns on',
  'tether wifi off',
  'tether wifi on One short',
  'tethering_clients',
  'scan nosuch',
];

/** A line at the prompt, and what must appear before the next. */
type Typed = readonly [line: string, appears: RegExp];

scenario(
  'connmanctl of ours and of Debian print the same of Wi-Fi, and ask for a passphrase the same way',
  async (lab) => {
    await lab.begin();
    const site = await lab.site();
    await lab.accessPoint(site, { ssid: 'Home', security: wpa2(PASSPHRASE) });
    await lab.accessPoint(site, { ssid: 'Café ☕', channel: 6 });
    await lab.find('Home');
    await lab.find('Café ☕');
    const id = lab.serviceId('Home');

    const dialogue: readonly Typed[] = [
      ['agent on', /Agent registered/],
      [`connect ${id}`, /Passphrase = \[/],
      [PASSPHRASE, /Connected/],
      ['quit', /ended/],
    ];
    const asked: string[][] = [];
    for (const client of clients) {
      asked.push(await converse(lab, client, dialogue));
      await lab.untilOnline('Home');
      if (client !== clients.at(-1)) await forget(lab, id);
    }
    expect(asked[1]).toEqual(asked[0]);

    for (const command of commands) {
      const words = command.split(' ').map((word) => (word === 'ID' ? id : word));
      const printed: string[] = [];
      for (const client of clients) printed.push(await runOnce(lab, [...client, ...words]));
      expect({ command, printed: printed[1] }).toEqual({ command, printed: printed[0] });
    }
  },
  { radios: 3 },
);

async function forget(lab: Lab, id: string): Promise<void> {
  await lab.connman.call(`/net/connman/service/${id}`, 'Remove');
  await lab.untilState('Home', ['idle']);
}

async function runOnce({ machine, subject }: Lab, argv: readonly string[]): Promise<string> {
  const child = machine.start(['sh', '-c', 'exec "$@" >/run/stdout 2>/run/stderr', 'sh', ...argv], {
    env: subject.env,
  });
  // Debian's goes on waiting after some errors, and would spin at the end of its input.
  const guard = setTimeout(() => child.signal('SIGKILL'), 30_000);
  const { code } = await child.exited;
  clearTimeout(guard);
  return `${machine.read('/run/stdout')}--- stderr\n${machine.read('/run/stderr')}--- exit ${code}`;
}

/** @returns what was printed, without the prompt, its redrawing and the echo. */
async function converse({ machine }: Lab, client: readonly string[], typed: readonly Typed[]): Promise<string[]> {
  const child = machine.start(client);
  const lines = () => child.output.items.map((line) => line.replace(/connmanctl> |Passphrase\? |\r {12}\r|\r/g, ''));
  for (const [line, appears] of typed) {
    const shown = child.output.items.length;
    child.write(`${line}\n`);
    await child.output.until(`${appears} after "${line}"`, () =>
      lines()
        .slice(shown)
        .some((one) => appears.test(one)),
    );
  }
  const echoes = typed.map(([line]) => line);
  return lines().filter(
    (line) => line !== '' && !echoes.includes(line) && !/ ended: | getting VPN connections/.test(line),
  );
}
