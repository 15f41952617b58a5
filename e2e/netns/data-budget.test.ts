// A data budget: what the kernel has counted on a link moves the default route to another one, and outlives a crash.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(90_000);

onlyOurs(
  'a service whose data budget is used up gives the default route away, also after a crash; a section of a *.config file sets one',
  () =>
    inLab(ours, async (lab) => {
      const first = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
      await first.plug();
      const connman = await lab.startDaemon();
      const { path } = await connman.untilOnline('eth0');
      const id = path.split('/').at(-1) ?? '';
      await second.plug();
      await connman.untilReady('eth1');
      const isDefault = (link: string) => async () => (await lab.machine.defaultRoutes())[0]?.dev === link;
      await lab.machine.until('the default route on eth0', isDefault('eth0'));

      expect(await lab.connmanctl('config', id, '--data-budget', 'much')).toContain('Invalid arguments');
      // Another one that is paid by the byte, so that they differ by the budget alone.
      await lab.connmanctl('config', id, '--metered', 'no', '--data-budget', '300K/month');
      await connman.until('the property', () => connman.service('eth0')?.properties.DataBudget === '300K/month');
      // Both ways 200 times 1442 bytes.
      await lab.machine.run('ping -q -i 0.002 -c 200 -s 1400 10.77.1.1');
      await lab.machine.until('the default route on eth1', isDefault('eth1'), 20_000);
      const why = await lab.connmanctl('why', id);
      expect(why).toContain('as the data budget of this one is used up');
      expect(why).toMatch(/5\d\d\.\d KB of its data budget of 300K\/month used in \d{4}-\d\d/);
      expect(Number(connman.service('eth0')?.properties.DataUsed)).toBeGreaterThan(500_000);

      const stored = `/var/lib/connman/${id}/settings`;
      await lab.machine.until('the count on the disk', () => /^DataUsed=[56]\d{5}$/m.test(lab.machine.read(stored)));
      await lab.stopDaemon('SIGKILL');
      const again = await lab.startDaemon();
      await again.untilReady('eth0');
      await again.untilReady('eth1');
      await lab.machine.until('the default route still on eth1', isDefault('eth1'));
      expect(Number(again.service('eth0')?.properties.DataUsed)).toBeGreaterThan(500_000);

      await lab.connmanctl('config', id, '--data-budget', 'none');
      await again.until('no budget', () => again.service('eth0')?.properties.DataBudget === '');
      lab.machine.write(
        '/var/lib/connman/site.config',
        '[service_site]\nType=ethernet\nDeviceName=eth0\nDataBudget=2.5G/month\n',
      );
      await again.until('the budget of the file', () => again.service('eth0')?.properties.DataBudget === '2500M/month');
    }),
);
