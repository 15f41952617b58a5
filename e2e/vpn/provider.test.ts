// The old way to VPN connections: ConnectProvider and RemoveProvider of net.connman.Manager, carried out by connman-vpnd.
import { connmanBusName, connmanPaths, managerInterface } from '@connman/contracts';
import { str } from '@connman/dbus';
import { inLab, type Lab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import { ours } from '../netns/lab/subject';
import { installClient, startOpenVpnServer } from './openvpn-server';
import { VpnSite } from './site';

jest.setTimeout(60_000);

const service = 'vpn_10_77_1_1_lab_example';
const servicePath = connmanPaths.service(service);

class Client {
  readonly lab: Lab;
  readonly site: VpnSite;

  constructor(lab: Lab, site: VpnSite) {
    this.lab = lab;
    this.site = site;
  }

  connectProvider(properties: Readonly<Record<string, string>>): Promise<string> {
    const entries = Object.entries(properties).map(([name, value]) => [name, str(value)] as const);
    return this.manager.call('ConnectProvider', [new Map(entries)]);
  }

  removeProvider(path: string): Promise<unknown> {
    return this.manager.call('RemoveProvider', [path]);
  }

  private get manager() {
    return this.site.bus.object(managerInterface, { name: connmanBusName, path: connmanPaths.root });
  }
}

/** With a cable in, and an OpenVPN server at the router. */
function withClient(scenario: (client: Client, settings: Readonly<Record<string, string>>) => Promise<void>) {
  return inLab(ours, async (lab) => {
    await offerPrograms(lab.machine, 'openvpn');
    const { network } = await lab.online();
    await startOpenVpnServer(network.far, ['push "route 10.99.0.0 255.255.0.0"']);
    const folder = installClient(lab.machine);
    const site = await VpnSite.open(lab);
    await site.during(async () => {
      await scenario(new Client(lab, site), {
        ...{ Type: 'openvpn', Name: 'Office', Host: '10.77.1.1', 'VPN.Domain': 'lab.example' },
        ...{ 'OpenVPN.CACert': `${folder}/ca.crt`, 'OpenVPN.Cert': `${folder}/client.crt` },
        'OpenVPN.Key': `${folder}/client.key`,
      });
    });
  });
}

const refused = (name: string) => ({ errorName: `net.connman.Error.${name}` });

test('ConnectProvider answers with the service once it is connected; RemoveProvider ends and forgets it', () =>
  withClient(async (client, settings) => {
    const { lab, site } = client;
    await site.start();
    expect(await client.connectProvider(settings)).toBe(servicePath);
    const connected = lab.connman.services.find(({ path }) => path === servicePath);
    expect(connected?.properties.State).toMatch(/ready|online/);
    await site.pingThrough('10.8.0.1');
    // The same server again is the same connection, and not another one.
    await expect(client.connectProvider(settings)).rejects.toMatchObject(refused('AlreadyConnected'));
    expect(await site.manager.call('GetConnections', [])).toHaveLength(1);

    await client.removeProvider(servicePath);
    expect(await site.manager.call('GetConnections', [])).toEqual([]);
    expect(await lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
    await lab.connman.until('the service gone', ({ services }) => !services.some(({ path }) => path === servicePath));
    expect(await lab.machine.run('ls /var/lib/connman')).not.toMatch(/provider_/);
    await expect(client.removeProvider(servicePath)).rejects.toMatchObject(refused('NotFound'));
  }));

test('what ConnectProvider cannot use, and what is no VPN, is refused by name; without connman-vpnd all is NotSupported', () =>
  withClient(async (client, settings) => {
    const { lab, site } = client;
    await expect(client.connectProvider(settings)).rejects.toMatchObject(refused('NotSupported'));
    await site.start();
    for (const missing of ['Host', 'VPN.Domain'])
      await expect(client.connectProvider({ ...settings, [missing]: '' })).rejects.toMatchObject(
        refused('InvalidArguments'),
      );
    for (const type of ['', 'carrier pigeon'])
      await expect(client.connectProvider({ ...settings, Type: type })).rejects.toMatchObject(refused('NotSupported'));
    expect(await site.manager.call('GetConnections', [])).toEqual([]);

    const wired = lab.connman.service('eth0')?.path ?? '';
    for (const path of [wired, '/', '/net/connman/service/vpn_none'])
      await expect(client.removeProvider(path)).rejects.toMatchObject(refused('NotFound'));
    expect(lab.connman.serviceState('eth0')).toMatch(/ready|online/);
  }));
