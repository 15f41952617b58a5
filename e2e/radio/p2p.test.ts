// Wi-Fi Direct between two machines: both ways, as a client of the other's group and as its owner.
import type { Lab } from './lab/lab';
import { Phone, type PhoneOptions } from './lab/phone';
import { scenario } from './lab/scenario';
import { askForAddress } from './lab/shared';

const options = { backends: ['wpa_supplicant'], part: 'p2p', onlyOurs: true } as const;

/** A machine that has found a phone, by its identifier. */
async function found(lab: Lab, phoneOptions: PhoneOptions): Promise<{ readonly phone: Phone; readonly peer: string }> {
  await lab.begin();
  const phone = await Phone.open(lab, 'phone', phoneOptions);
  await phone.listen();
  await lab.connman.until('the technology', () => lab.connman.technologies.has('/net/connman/technology/p2p'));
  expect(await lab.connmanctl('enable', 'p2p')).toContain('Enabled p2p');
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
