// Programs that know the D-Bus standard alone: busctl sees every object with its properties, and sets one.
import { inLab, type Lab } from '../netns/lab/lab';
import { onlyOurs } from '../netns/lab/only-ours';
import { subjectUnderTest } from '../netns/lab/subject';

jest.setTimeout(60_000);

const address = 'unix:path=/run/dbus/system_bus_socket';

const busctl = (lab: Lab, ...words: string[]) => lab.machine.run(['busctl', `--address=${address}`, ...words]);

type Managed = Record<string, Record<string, Record<string, { readonly type: string; readonly data: unknown }>>>;

onlyOurs('the ObjectManager lists every object with the properties that ConnMan’s own calls give', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman, path } = await lab.online();
    const call = ['call', 'net.connman', '/', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects'];
    const { data } = JSON.parse(await busctl(lab, '--json=short', ...call)) as { data: [Managed] };
    const [managed] = data;
    const ofConnman = Object.keys(managed).filter((one) => /\/(service|technology)\//.test(one));
    expect(ofConnman.sort()).toEqual([path, '/net/connman/technology/ethernet']);
    const service = managed[path]?.['net.connman.Service'] ?? {};
    expect(Object.keys(service)).toEqual(Object.keys(connman.service('eth0')?.properties ?? {}));
    expect(service.State).toEqual({ type: 's', data: 'online' });
    expect(service.IPv4).toMatchObject({ type: 'a{sv}', data: { Method: { type: 's', data: 'dhcp' } } });
    const technology = managed['/net/connman/technology/ethernet']?.['net.connman.Technology'];
    expect(technology).toMatchObject({
      Type: { data: 'ethernet' },
      Powered: { data: true },
      Connected: { data: true },
    });
  }),
);

onlyOurs('busctl introspects a service, reads a property and sets one with the checks of SetProperty', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman, path } = await lab.online();
    const service = ['net.connman', path, 'net.connman.Service'];
    expect(await busctl(lab, 'introspect', ...service)).toMatch(/\.SetProperty +method +sv +-/);
    expect(await busctl(lab, 'get-property', ...service, 'State')).toBe('s "online"');
    expect(await busctl(lab, 'get-property', 'net.connman', '/', 'net.connman.Clock', 'TimeUpdates')).toBe('s "auto"');
    await busctl(lab, 'set-property', ...service, 'Domains.Configuration', 'as', '1', 'one.test');
    await connman.until(
      'the domain',
      () => String(connman.service('eth0')?.properties['Domains.Configuration']) === 'one.test',
    );
    await expect(busctl(lab, 'set-property', ...service, 'State', 's', 'idle')).rejects.toThrow('Invalid property');
    expect(await busctl(lab, 'tree', 'net.connman')).toContain(path);
  }),
);
