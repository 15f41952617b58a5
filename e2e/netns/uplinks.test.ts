// Two uplinks: one is the default, and the other takes over when its cable goes.
import { inLab, type Lab } from './lab/lab';
import { subjectUnderTest } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

async function twoUplinks(lab: Lab) {
  const first = await lab.network({ link: 'eth0', subnet: '10.77.1' });
  const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
  await first.plug();
  const connman = await lab.startDaemon();
  await connman.untilOnline('eth0');
  await second.plug();
  await connman.untilReady('eth1');
  return { first, second, connman };
}

const defaultLink = async (lab: Lab) => (await lab.machine.defaultRoutes())[0]?.dev;

test('both are connected, and the first one carries the default route and the names', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman } = await twoUplinks(lab);
    expect(connman.services.map((service) => service.properties.State)).toEqual(['online', 'ready']);
    expect(await defaultLink(lab)).toBe('eth0');
    expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
  }));

test('the default alone shows a gateway and a proxy; the one that takes its place shows its own', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { first, connman } = await twoUplinks(lab);
    const shown = (link: string) => {
      const { IPv4, Proxy: proxy } = connman.service(link)?.properties ?? {};
      return [dictionary(IPv4).Gateway, dictionary(proxy).Method];
    };
    await connman.until('the proxy of eth0', () => shown('eth0')[1] === 'direct');
    expect(shown('eth0')).toEqual(['10.77.1.1', 'direct']);
    expect(shown('eth1')).toEqual([undefined, undefined]);
    await first.unplug();
    await connman.until('those of eth1', () => shown('eth1').join() === '10.77.2.1,direct');
  }));

test('when the cable of the default goes, the default route and the names move to the other', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { first, connman } = await twoUplinks(lab);

    await first.unplug();

    await lab.machine.until('the default route on eth1', async () => (await defaultLink(lab)) === 'eth1');
    await connman.untilOnline('eth1');
    await connman.until('one service', () => connman.services.length === 1);
    expect(await lab.resolve('gateway.example')).toBe('10.77.2.1');
    expect(connman.state).toBe('online');
  }));

test('a cable that comes back is connected again beside the one that took over', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { first, connman } = await twoUplinks(lab);
    await first.unplug();
    await connman.untilOnline('eth1');

    await first.plug();

    await connman.untilReady('eth0');
    await connman.until('both services', () => connman.services.length === 2);
    const [preferred] = connman.services;
    const link = preferred === connman.service('eth0') ? 'eth0' : 'eth1';
    await lab.machine.until(
      `the default route on ${link}, the first service`,
      async () => (await defaultLink(lab)) === link,
    );
  }));

test('moving the other service before the default moves the default route', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman } = await twoUplinks(lab);
    const [first, second] = connman.services.map((service) => service.path);

    await connman.call(String(second), 'MoveBefore', 'o', first);

    await lab.machine.until('the default route on eth1', async () => (await defaultLink(lab)) === 'eth1');
    await connman.until('the new order', () => connman.services[0]?.path === second);
  }));
