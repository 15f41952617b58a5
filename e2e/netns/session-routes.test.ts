// Two users with sessions on two uplinks: what each of them opens leaves by its own session's link (rule 191).
import { LOCAL_POLICIES } from './lab/bus';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const users = { root: 0, nobody: 65534 };
/** A web server beyond each of the two routers has this address, and says which it is. */
const far = '198.51.100.9';

async function uplink(lab: Lab, link: string, subnet: string): Promise<Network> {
  const network = await lab.network({ link, subnet });
  await network.far.run(`ip address add ${far} dev lo`);
  const server = `require('node:net').createServer((peer) => peer.end('${link}')).listen(7007, '${far}', () => console.log('listening'))`;
  await network.far.start([process.execPath, '-e', server]).line(/^listening$/);
  return network;
}

/** The link by which a connection of the user leaves that is not bound to anything, or to an address. */
const wayOf = (lab: Lab, uid: number, localAddress = '') =>
  lab.machine.run(
    [
      process.execPath,
      '-e',
      `require('node:net').connect({ port: 7007, host: '${far}'${localAddress && `, localAddress: '${localAddress}'`} }).pipe(process.stdout)`,
    ],
    { uid },
  );

const userRules = async (lab: Lab) =>
  (await lab.machine.run('ip rule')).split('\n').filter((line) => line.includes('uidrange'));

onlyOurs(
  'users with sessions on two uplinks send by them at once, and by the default when a session has ended (rule 191)',
  () =>
    inLab(ours, async (lab) => {
      const policies = Object.keys(users).map((user) => `[${user}]\nuid=${user}\n`);
      lab.machine.write('/var/lib/connman/session_policy_local/users.policy', policies.join(''));
      const allowed = '<busconfig><policy user="nobody"><allow send_destination="net.connman"/></policy></busconfig>';
      lab.machine.write(`${LOCAL_POLICIES}/nobody.conf`, allowed);
      const [first, second] = [await uplink(lab, 'eth0', '10.77.1'), await uplink(lab, 'eth1', '10.77.2')];
      await first.plug();
      const connman = await lab.startDaemon();
      await connman.untilOnline('eth0');
      await second.plug();
      await connman.untilReady('eth1');
      const hold = (uid: number, link: string) => lab.start([...ours.client, 'session', 'on', 'ifname', link], { uid });
      const [ofRoot, ofNobody] = [hold(users.root, 'eth0'), hold(users.nobody, 'eth1')];
      await ofRoot.line(/Interface = eth0/);
      await ofNobody.line(/Interface = eth1/);
      await lab.machine.until('rules of two users', async () => (await userRules(lab)).length === 4);

      expect([await wayOf(lab, users.root), await wayOf(lab, users.nobody)]).toEqual(['eth0', 'eth1']);
      const [own = ''] = (await lab.machine.addresses('eth0')).map((address) => address.split('/')[0]);
      expect(await wayOf(lab, users.nobody, own)).toBe('eth0');

      await ofNobody.stop('SIGKILL');
      await lab.machine.until('rules of one user', async () => (await userRules(lab)).length === 2);
      expect(await wayOf(lab, users.nobody)).toBe('eth0');
    }),
);
