/** Exit statuses by class (0 done, 1 refused or failed, 2 usage, 3 no daemon), and what to do about an error. */
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { Connmanctl } from './connmanctl';
import { FakeConnman } from './fake-connman';
import { home, scene, wired } from './scene';

jest.setTimeout(30_000);

const program = new Connmanctl();
let bus: PrivateBus;
let empty: PrivateBus;
let connman: FakeConnman;

beforeAll(async () => {
  bus = await startPrivateBus();
  empty = await startPrivateBus();
  connman = await FakeConnman.start(bus.address, scene);
});
afterAll(async () => {
  connman.stop();
  await bus.stop();
  await empty.stop();
  program.remove();
});

const run = (line: string, address = bus.address) => program.run(line.split(' '), address);

test.each([
  ['services', 0],
  [`connect ${wired}`, 0],
  ['enable ethernet', 0],
  ['enable wifi', 1],
  ['disable bluetooth', 1],
  ['services nosuch', 1],
  ['session disconnect', 1],
  ['agent on', 1],
  [`config ${home} --mdns yes`, 1],
  ['enable', 2],
  ['state x', 2],
  ['stat', 2],
  [`config ${wired} --foo`, 2],
  ['connect --json', 2],
])('%s ends with %d', async (line, status) => {
  expect(await run(line)).toMatchObject({ status });
});

test.each(['state', 'services', `connect ${wired}`, 'vpnconnections', 'dns', 'enable ethernet'])(
  '%s ends with 3 when no daemon runs',
  async (line) => {
    expect(await run(line, empty.address)).toMatchObject({ status: 3 });
  },
);

test('without a bus the status is 3, too', async () => {
  expect(await run('state', 'unix:path=/nonexistent/bus')).toMatchObject({ status: 3 });
});

test.each([
  ['enable', 'a technology is missing; usage: connmanctl enable <technology>|offline'],
  ['enable x!', '"x!" is not the name of a technology; usage: connmanctl enable <technology>|offline'],
  ['state x', 'unexpected argument "x"; usage: connmanctl state'],
  [
    `move-before ${wired} x!`,
    '"x!" is not the name of a target service; usage: connmanctl move-before <service> <target service>',
  ],
  ['tether wifi maybe', '"maybe" is not on or off; usage: connmanctl tether <technology> on|off'],
  ['monitor --foo', '"--foo" is not something to monitor; usage: connmanctl monitor [off]'],
  ['stat', 'did you mean state?'],
  ['frobnicate', 'connmanctl help lists the commands'],
  ['connect --json', 'connect has no --json; usage: connmanctl connect <service/peer>'],
  [`config ${wired} --foo`, '"--foo" is not a setting; connmanctl help lists them'],
])('%s: the line is refused and says what is wrong with it', async (line, reason) => {
  const { error } = await run(line);
  expect(error.split('\n').at(-2)?.trim()).toBe(reason);
});

test('errors of the daemon come with what to do about them, each with its own', async () => {
  const advice = async (line: string, address = bus.address) => (await run(line, address)).error.split('\n')[1]?.trim();
  expect(await advice('enable wifi')).toBe('root may do this, and whom the policy of the bus or polkit allows it');
  expect(await advice('state', empty.address)).toBe('connmand does not run: start it with "systemctl start connman"');
  expect(await advice('vpnconnections', empty.address)).toBe(
    'connman-vpnd does not run: start it with "systemctl start connman-vpn"',
  );
  expect(await advice(`connect ${home}`)).toBe('an attempt is under way: connmanctl monitor shows how it goes');
  expect(await advice('services nosuch')).toMatch(/^there is no such object/);
});
