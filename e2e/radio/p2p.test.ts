// Wi-Fi Direct between two machines: both ways, as a client of the other's group and as its owner.
import { Variant } from 'dbus-next';
import type { Lab } from './lab/lab';
import { Phone, type PhoneOptions } from './lab/phone';
import { scenario } from './lab/scenario';
import { askForAddress } from './lab/shared';

const UPNP = 'uuid:6859dede-8574-59ab-9332-123456789012::upnp:rootdevice';
const options = { backends: ['wpa_supplicant'], part: 'p2p', onlyOurs: true } as const;

/** A machine with Wi-Fi Direct switched on, and a phone that can be found. */
async function enabled(lab: Lab, phoneOptions: PhoneOptions): Promise<Phone> {
  await lab.begin();
  const phone = await Phone.open(lab, 'phone', phoneOptions);
  await phone.listen();
  await lab.connman.until('the technology', () => lab.connman.technologies.has('/net/connman/technology/p2p'));
  expect(await lab.connmanctl('enable', 'p2p')).toContain('Enabled p2p');
  return phone;
}

/** A machine that has found a phone, by its identifier. */
async function found(lab: Lab, phoneOptions: PhoneOptions): Promise<{ readonly phone: Phone; readonly peer: string }> {
  const phone = await enabled(lab, phoneOptions);
  const peer = await phone.foundAs();
  expect(peer).toMatch(/^peer_[0-9a-f]{12}_[0-9a-f]{12}$/);
  return { phone, peer };
}

async function propertiesOf(lab: Lab, peer: string): Promise<Record<string, unknown>> {
  const [properties] = await lab.connman.call(`/net/connman/peer/${peer}`, 'GetProperties');
  return properties as Record<string, unknown>;
}

const untilState = (lab: Lab, peer: string, state: string) =>
  lab.connman.until(`${peer} ${state}`, async () => (await propertiesOf(lab, peer)).State === state);

scenario(
  'a peer is found and connected with by the button; its group has this machine as a client, which DHCP gives an address',
  async (lab) => {
    const { phone, peer } = await found(lab, { intent: 15 });
    expect(await propertiesOf(lab, peer)).toMatchObject({ State: 'idle', Name: 'phone', IPv4: {} });
    const connecting = lab.connmanctl('connect', peer);
    await phone.accept('pbc');
    const { link, role } = await phone.group();
    expect(role).toBe('GO');
    await phone.serve(link);
    expect(await connecting).toContain('Connected');
    const { State, IPv4 } = (await propertiesOf(lab, peer)) as {
      State: string;
      IPv4: { Local: string; Remote: string };
    };
    expect([State, IPv4.Remote]).toEqual(['ready', '192.168.49.1']);
    await phone.machine.run(`ping -c 1 -w 5 ${IPv4.Local}`);
    expect(await lab.machine.defaultRoutes()).toEqual([]);

    expect(await lab.connmanctl('disconnect', peer)).toContain('Disconnected');
    await untilState(lab, peer, 'idle');
    await lab.machine.until('no group', async () => !(await lab.machine.run('ip -o link')).includes('p2p-'));
  },
  options,
);

scenario(
  'a peer is connected with as the owner of the group: it gets an address of its own DHCP server (rule 215)',
  async (lab) => {
    const { phone, peer } = await found(lab, { intent: 0 });
    const connecting = lab.connmanctl('connect', peer);
    await phone.accept('pbc');
    const { link, role } = await phone.group();
    expect(role).toBe('client');
    await askForAddress(lab, phone.machine, link);
    expect(await connecting).toContain('Connected');
    const { IPv4 } = (await propertiesOf(lab, peer)) as { IPv4: { Local: string; Remote: string } };
    expect(await phone.machine.addresses(link)).toEqual([`${IPv4.Remote}/24`]);
    await phone.machine.run(`ping -c 1 -w 5 ${IPv4.Local}`);

    await phone.machine.run(['wpa_cli', '-p', '/run/phone', '-i', link, 'p2p_group_remove', link]);
    await untilState(lab, peer, 'idle');
    await lab.machine.until('no group', async () => !(await lab.machine.run('ip -o link')).includes('p2p-'));
  },
  options,
);

scenario(
  'a phone finds what is offered to peers and wants to be connected with: the user is asked, and it is',
  async (lab) => {
    const phone = await enabled(lab, { intent: 15 });
    const user = await lab.user();
    const service = { UpnpService: new Variant('s', UPNP), UpnpVersion: new Variant('i', 16) };
    await lab.connman.call('/', 'RegisterPeerService', 'a{sv}b', service, false);
    await phone.tell('p2p_serv_disc_req', '00:00:00:00:00:00', 'upnp', '10', 'ssdp:all');
    await phone.tell('p2p_find');
    const [, machine = ''] = await phone.supplicant.line(/P2P-DEVICE-FOUND (\S+)/, 60_000);
    // What it gets it reports on its control interface alone.
    await lab.backend.program.line(new RegExp(`P2P: Matching UPnP Service: ${UPNP}`), 60_000);
    await phone.tell('p2p_connect', machine, 'pbc');
    const { link } = await phone.group(60_000);
    await phone.serve(link);
    const peer = /peer_\w+/.exec(await lab.connmanctl('peers'))?.[0] ?? '';
    await untilState(lab, peer, 'ready');
    expect(user.asked).toEqual(['RequestPeerAuthorization']);
    await lab.connman.call('/', 'UnregisterPeerService', 'a{sv}', service);
  },
  options,
);

scenario(
  'after SIGKILL and a new start the group is still used, and is left when the user says so',
  async (lab) => {
    const { phone, peer } = await found(lab, { intent: 15 });
    const connecting = lab.connmanctl('connect', peer);
    await phone.accept('pbc');
    const { link } = await phone.group();
    await phone.serve(link);
    expect(await connecting).toContain('Connected');
    const { IPv4: before } = await propertiesOf(lab, peer);
    await lab.stopDaemon('SIGKILL');
    await lab.startDaemon();
    await lab.connman.until('the peer', async () => (await lab.connmanctl('peers')).includes(peer));
    await untilState(lab, peer, 'ready');
    const { IPv4 } = await propertiesOf(lab, peer);
    expect(IPv4).toEqual(before);
    await phone.machine.run(`ping -c 1 -w 5 ${(IPv4 as { Local: string }).Local}`);
    expect(await lab.connmanctl('disconnect', peer)).toContain('Disconnected');
    await lab.machine.until('no group', async () => !(await lab.machine.run('ip -o link')).includes('p2p-'));
  },
  options,
);
