// Graphical front ends from Debian beside the daemon, on a screen of their own: what they show is compared as pictures.
// They are run where `tools/setup front-ends` has unpacked them.
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import type { Child } from '../netns/lab/child';
import { type Host, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { subjectUnderTest } from '../netns/lab/subject';

jest.setTimeout(600_000);

const root = `${repository}/tmp/front-ends`;
const where = existsSync(`${root}/usr/bin/connman-gtk`) ? test : test.skip;
/** 100 in a long run. */
const rounds = Number(process.env.FRONT_END_ROUNDS ?? 5);
/** PNG files of what was seen go there. */
const pictures = process.env.FRONT_END_PICTURES;

const patienceMs = 20_000;
/** The machine's own: the files of the host's user are none of theirs. */
const home = '/run/screen';
const dump = `${home}/window.xwd`;
const image = `${home}/window.png`;

/** A screen with one program on it. */
class Screen {
  private readonly machine: Host;
  private readonly window: string;
  private readonly program: Child;

  private constructor(machine: Host, window: string, program: Child) {
    this.machine = machine;
    this.window = window;
    this.program = program;
  }

  static async open({ machine }: Lab, window: string, command: readonly string[]): Promise<Screen> {
    await machine.run(`mount -t overlay overlay -o lowerdir=${root}/usr:/usr /usr`);
    await machine.run(['mkdir', '-p', '-m', '700', home]);
    // Its socket has no name in the file system, and belongs to the machine's network.
    const listening = ['-noreset', '-nolisten', 'tcp', '-nolisten', 'unix', '-displayfd', '1'];
    const server = machine.start(['Xvfb', ':7', '-screen', '0', '1200x900x24', ...listening]);
    await server.line(/^7$/, 20_000);
    const env = {
      ...{ DISPLAY: ':7', GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1', GTK_THEME: 'Adwaita' },
      ...{ HOME: home, XDG_RUNTIME_DIR: home, QT_QPA_PLATFORM: 'xcb' },
    };
    return new Screen(machine, window, machine.start(['dbus-run-session', '--', ...command], { env }));
  }

  /** The window as X11's dump of it; undefined until it exists. */
  async picture(): Promise<Buffer | undefined> {
    try {
      await this.machine.run(['xwd', '-display', ':7', '-name', this.window, '-out', dump]);
      return readFileSync(this.machine.path(dump));
    } catch {
      return undefined;
    }
  }

  /** X11 does not report what a window shows: it is polled. */
  async until(what: string, wanted: (picture: Buffer) => boolean): Promise<Buffer> {
    for (const end = performance.now() + patienceMs; performance.now() < end; ) {
      const picture = await this.picture();
      if (picture && wanted(picture)) return picture;
    }
    await this.keep('unexpected');
    const said = this.program.output.tail(20);
    throw new Error(`${this.window}: waited ${patienceMs} ms in vain for ${what}; the program said\n${said}`);
  }

  async keep(name: string): Promise<void> {
    if (!pictures) return;
    await this.picture();
    await this.machine.run(['convert-im6.q16', `xwd:${dump}`, image]);
    copyFileSync(this.machine.path(image), `${pictures}/${name}.png`);
  }
}

/** What the window shows when it has not changed for a while. */
async function settled(screen: Screen): Promise<Buffer> {
  const still = 8;
  let before: Buffer | undefined;
  let same = 0;
  return screen.until('a window that stays as it is', (picture) => {
    same = before?.equals(picture) ? same + 1 : 0;
    before = picture;
    return same === still;
  });
}

where.each([
  ['connman-gtk', 'Network Settings', ['connman-gtk', '--no-icon']],
  ['cmst', 'Connman System Tray', ['cmst']],
])('%s shows what is, also of a service that comes and changes while it draws', (name, window, command) =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    const screen = await Screen.open(lab, window, command);
    const online = await settled(screen);
    await screen.keep(name);
    for (let round = 0; round < rounds; round++) {
      await network.unplug();
      await screen.until('the service gone', (picture) => !picture.equals(online));
      await network.plug();
      await connman.untilOnline('eth0');
      await screen.until(`the service online, as before (round ${round})`, (picture) => picture.equals(online));
    }
  }),
);
