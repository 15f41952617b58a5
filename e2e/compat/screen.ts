// A screen of a machine's own with one graphical program on it, which `tools/setup front-ends` has unpacked.
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import type { Child } from '../netns/lab/child';
import { type Host, repository } from '../netns/lab/host';
import type { Lab } from '../netns/lab/lab';

const root = `${repository}/tmp/front-ends`;
/** PNG files of what was seen go there. */
const pictures = process.env.FRONT_END_PICTURES;

const patienceMs = 20_000;
/** The machine's own: the files of the host's user are none of theirs. */
const home = '/run/screen';
const dump = `${home}/window.xwd`;
const image = `${home}/window.png`;
const display = ':7';

export const hasProgram = (name: string): boolean => existsSync(`${root}/usr/bin/${name}`);

export class Screen {
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
    const server = machine.start(['Xvfb', display, '-screen', '0', '1200x900x24', ...listening]);
    await server.line(/^7$/, 20_000);
    const env = {
      ...{ DISPLAY: display, GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1', GTK_THEME: 'Adwaita' },
      ...{ HOME: home, XDG_RUNTIME_DIR: home, QT_QPA_PLATFORM: 'xcb' },
    };
    return new Screen(machine, window, machine.start(['dbus-run-session', '--', ...command], { env }));
  }

  /** The window as X11's dump of it; undefined until it exists. */
  async picture(window = this.window): Promise<Buffer | undefined> {
    try {
      await this.machine.run(['xwd', '-display', display, '-name', window, '-out', dump]);
      return readFileSync(this.machine.path(dump));
    } catch {
      return undefined;
    }
  }

  /** X11 does not report what a window shows: it is polled. */
  async until(what: string, wanted: (picture: Buffer) => boolean): Promise<Buffer> {
    return this.poll(what, async () => {
      const picture = await this.picture();
      return picture && wanted(picture) ? picture : undefined;
    });
  }

  private async poll<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const end = performance.now() + patienceMs; performance.now() < end; ) {
      const found = await look();
      if (found !== undefined) return found;
    }
    await this.keep('unexpected');
    const said = this.program.output.tail(20);
    throw new Error(`${this.window}: waited ${patienceMs} ms in vain for ${what}; the program said\n${said}`);
  }

  /** What the window shows when it has not changed for a while. */
  async settled(): Promise<Buffer> {
    const still = 8;
    let before: Buffer | undefined;
    let same = 0;
    return this.until('a window that stays as it is', (picture) => {
      same = before?.equals(picture) ? same + 1 : 0;
      before = picture;
      return same === still;
    });
  }

  /** A window of the program that is shown, by its title and its least width; it gets what is typed. */
  async shown(title: string, leastWidth = 1): Promise<string> {
    const id = await this.poll(`the window ${title}`, async () => {
      const ids = (await this.act('search', '--onlyvisible', '--name', title).catch(() => '')).split('\n');
      for (const one of ids.filter((text) => text !== '')) {
        const [, width = 0] = /WIDTH=(\d+)/.exec(await this.act('getwindowgeometry', '--shell', one)) ?? [];
        if (Number(width) >= leastWidth) return one;
      }
      return undefined;
    });
    await this.act('windowfocus', id);
    return id;
  }

  /** At a place in that window. */
  async click(window: string, x: number, y: number, button = 1): Promise<void> {
    await this.act('mousemove', '--window', window, String(x), String(y), 'click', String(button));
  }

  /** Mouse and keyboard, as xdotool has them. */
  async act(...words: readonly string[]): Promise<string> {
    return this.machine.run(['xdotool', ...words], { env: { DISPLAY: display } });
  }

  async keep(name: string): Promise<void> {
    if (!pictures) return;
    await this.machine.run(['xwd', '-display', display, '-root', '-out', dump]);
    await this.machine.run(['convert-im6.q16', `xwd:${dump}`, image]);
    copyFileSync(this.machine.path(image), `${pictures}/${name}.png`);
  }
}
