// Static routes of a service: by connmanctl, across a crash, and by a *.config file while the daemon runs.
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const routes = async (lab: Lab, ...families: readonly (4 | 6)[]) =>
  (await Promise.all(families.map((family) => lab.machine.run(`ip -${family} route show proto 109`))))
    .join('\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('default'));

onlyOurs('static routes are set by connmanctl, outlive a crash, and give way to those of a *.config file', () =>
  inLab(ours, async (lab) => {
    const { connman, path } = await lab.online();
    const id = path.split('/').at(-1) ?? '';
    const config = (...words: readonly string[]) => lab.connmanctl('config', id, '--routes', ...words);

    expect(await config('0.0.0.0/0', 'via', '10.77.1.8')).toContain('Invalid arguments');
    await config('192.0.2.0/24', 'via', '10.77.1.8', '198.51.100.7', '2001:db8:9::/48', 'via', 'fe80::8');
    await lab.machine.until('three routes', async () => (await routes(lab, 4, 6)).length === 3);
    const set = await routes(lab, 4, 6);
    expect(set).toEqual([
      '192.0.2.0/24 via 10.77.1.8 dev eth0',
      '198.51.100.7 dev eth0 scope link',
      '2001:db8:9::/48 via fe80::8 dev eth0 metric 1024 pref medium',
    ]);
    expect(await lab.connmanctl('services', id)).toContain(
      'Routes.Configuration = [ 192.0.2.0/24 via 10.77.1.8, 198.51.100.7/32, 2001:db8:9::/48 via fe80::8 ]',
    );

    await lab.stopDaemon('SIGKILL');
    const told = lab.machine.kernel.items.length;
    await lab.startDaemon();
    await connman.untilOnline('eth0');
    expect(await routes(lab, 4, 6)).toEqual(set);
    expect(lab.machine.kernel.items.slice(told).filter((line) => /^Deleted .*proto 109/.test(line))).toEqual([]);

    const file = '[service_cable]\nType=ethernet\nRoutes=203.0.113.0/24 via 10.77.1.9\n';
    lab.machine.write('/var/lib/connman/office.config', file);
    await lab.machine.until('the route of the file alone', async () =>
      (await routes(lab, 4)).join().startsWith('203.0.113.0/24 via 10.77.1.9'),
    );
  }),
);
