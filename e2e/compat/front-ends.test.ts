// Graphical front ends from Debian beside the daemon, on a screen of their own: what they show is compared as pictures, and what a
// user does with mouse and keyboard is seen on the bus. They are run where `tools/setup front-ends` has unpacked them.
import { inLab, type Lab } from '../netns/lab/lab';
import { subjectUnderTest } from '../netns/lab/subject';
import { toText } from '../netns/lab/view';
import { hasProgram, Screen } from './screen';

jest.setTimeout(600_000);

const where = hasProgram('connman-gtk') ? test : test.skip;
/** 100 in a long run. */
const rounds = Number(process.env.FRONT_END_ROUNDS ?? 5);

where.each([
  ['connman-gtk', 'Network Settings', ['connman-gtk', '--no-icon']],
  ['cmst', 'Connman System Tray', ['cmst']],
])('%s shows what is, also of a service that comes and changes while it draws', (name, window, command) =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    const screen = await Screen.open(lab, window, command);
    const online = await screen.settled();
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

const ethernet = '/net/connman/technology/ethernet';

inWindow('cmst', 'has the daemon set and keep what is entered in its editor', async (lab) => {
  const { connman, path } = await lab.online();
  const screen = await Screen.open(lab, 'Connman System Tray', ['cmst']);
  await screen.settled();
  const main = await screen.shown('^Connman System Tray$');
  const before = await screen.settled();
  await screen.click(main, 113, 26);
  await screen.until('the details', (picture) => !picture.equals(before));
  await screen.settled();
  await screen.click(main, 788, 810);
  const editor = await screen.shown('^Property Editor$');
  // Its pages are heads above one another; those below the open one move down.
  await screen.click(editor, 27, 62);
  await screen.click(editor, 58, 203);
  await screen.click(editor, 133, 94);
  await screen.act('type', '10.77.1.1');
  await screen.click(editor, 58, 265);
  await screen.click(editor, 153, 156);
  await screen.act('type', 'corp.example');
  await screen.click(editor, 28, 296);
  await screen.click(editor, 220, 187);
  await screen.act('key', 'Down', 'Return');
  for (const [y, text] of [
    [218, '10.77.1.42'],
    [249, '255.255.255.0'],
    [280, '10.77.1.1'],
  ] as const) {
    await screen.click(editor, 185, y);
    await screen.act('type', text);
  }
  await screen.keep('cmst-editor');
  await screen.click(editor, 168, 460);
  const ipv4 = { Method: 'manual', Address: '10.77.1.42', Netmask: '255.255.255.0', Gateway: '10.77.1.1' };
  const configured = {
    ...{ AutoConnect: false, 'Nameservers.Configuration': ['10.77.1.1'], 'Domains.Configuration': ['corp.example'] },
    'IPv4.Configuration': ipv4,
  };
  const keys = Object.keys(configured);
  const own = () => connman.service('eth0')?.properties ?? {};
  await connman.until('what was entered', () =>
    keys.every((key) => toText(own()[key]) === toText(configured[key as keyof typeof configured])),
  );
  await connman.untilOnline('eth0');
  expect(own().IPv4).toEqual(ipv4);

  await screen.click(main, 44, 26);
  await screen.settled();
  await screen.click(main, 244, 226);
  await connman.until('the technology off', () => connman.technologies.get(ethernet)?.Powered === false);
  await screen.settled();
  await screen.click(main, 244, 226);
  await connman.until('the service again', () => connman.service('eth0') !== undefined);
  await lab.stopDaemon();
  const stored = lab.machine.read(`/var/lib/connman/${path.split('/').at(-1)}/settings`);
  expect(stored).toMatch(/^AutoConnect=false$/m);
  expect(stored).toMatch(/^IPv4\.local_address=10\.77\.1\.42$/m);
  expect(stored).toMatch(/^Nameservers=10\.77\.1\.1;$/m);
  expect(stored).toMatch(/^Domains=corp\.example;$/m);
});

inWindow('connman-gtk', 'disconnects, connects and switches the technology', async (lab) => {
  const { connman } = await lab.online();
  const screen = await Screen.open(lab, 'Network Settings', ['connman-gtk', '--no-icon']);
  await screen.settled();
  const main = await screen.shown('^Network Settings$');
  await screen.click(main, 300, 102);
  await screen.settled();
  await screen.click(main, 576, 368);
  await connman.until('the service disconnected', () => connman.serviceState('eth0') === 'idle');
  await screen.settled();
  await screen.click(main, 576, 368);
  await connman.untilOnline('eth0');
  await screen.settled();
  await screen.click(main, 595, 39);
  await connman.until('the technology off', () => connman.technologies.get(ethernet)?.Powered === false);
  await screen.settled();
  await screen.click(main, 595, 39);
  await connman.untilOnline('eth0');
});

inWindow('connman-ui-gtk', 'lists the technology and switches it, and offline mode, from its icon', async (lab) => {
  const { connman } = await lab.online();
  const panel = 'trayer --edge top --align left --widthtype pixel --width 200 --height 32 & exec connman-ui-gtk';
  const screen = await Screen.open(lab, 'panel', ['sh', '-c', panel]);
  const icon = await screen.shown('connman-ui-gtk', 20);
  const open = async () => {
    await screen.click(icon, 12, 15, 3);
    return screen.shown('connman-ui-gtk', 100);
  };
  const powered = () => connman.technologies.get(ethernet)?.Powered;
  // The menu's first entry is the airplane mode, which closes it; the technology follows.
  const menu = await open();
  await screen.keep('connman-ui');
  await screen.click(menu, 70, 46);
  await connman.until('the technology off', () => powered() === false);
  await screen.click(menu, 70, 46);
  await connman.until('the technology on', () => powered() === true);
  await screen.click(menu, 70, 16);
  await connman.until('the offline mode', () => connman.manager.OfflineMode === true);
  await screen.click(await open(), 70, 16);
  await connman.until('no offline mode', () => connman.manager.OfflineMode === false);
  await connman.untilOnline('eth0');
});

function inWindow(program: string, name: string, scenario: (lab: Lab) => Promise<void>): void {
  (hasProgram(program) ? test : test.skip)(`${program} ${name}`, () => inLab(subjectUnderTest, scenario));
}
