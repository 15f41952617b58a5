// The rehearsal: runs each daemon and the client once through what they do most, and keeps their compiled code, so that the next
// start finds it. Quick when the code that is kept is that of the programs that are there.
import { readFileSync } from 'node:fs';
import { repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { NODE_FLAGS, ours } from '../netns/lab/subject';
import { rehearseVpn } from './vpn';

const DAEMON = `${repository}/packages/core/dist/connmand`;
const CLIENT = `${repository}/packages/cli/dist/connmanctl`;
const VPN_DAEMON = `${repository}/packages/vpnd/dist/connman-vpnd`;
const KEEPER = `${repository}/e2e/rehearsal/keep-code.cjs`;

/** Written by the rehearsal of just this build, which the launcher names, on just this Node.js. */
function isKept(base: string): boolean {
  try {
    const [, digest] = /=== '([0-9a-f]{16})'/.exec(readFileSync(`${base}.js`, 'latin1')) ?? [];
    return readFileSync(`${base}.code`, 'latin1').startsWith(digest + process.version.padEnd(16));
  } catch {
    return false;
  }
}

async function rehearse(lab: Lab): Promise<void> {
  const first = await lab.network({ link: 'eth0', subnet: '10.77.1' });
  const second = await lab.network({ link: 'eth1', subnet: '10.77.2' });
  const connman = await lab.startDaemon();
  await first.plug();
  await connman.untilOnline('eth0');
  await second.plug();
  await connman.untilReady('eth1');
  await lab.machine.run([process.execPath, KEEPER, CLIENT, 'services']);
  await first.unplug();
  await connman.untilOnline('eth1');
  await first.plug();
  await connman.untilReady('eth0');
  await lab.stopDaemon('SIGTERM');
}

async function main(): Promise<void> {
  const kept = (program: string) => [process.execPath, ...NODE_FLAGS, KEEPER, program, '-n'];
  if (!isKept(DAEMON) || !isKept(CLIENT)) await inLab({ ...ours, daemon: kept(DAEMON) }, rehearse);
  // Beside a connmand that keeps nothing: most machines have no VPN, and its code would be theirs as well.
  if (!isKept(VPN_DAEMON)) await inLab(ours, (lab) => rehearseVpn(lab, kept(VPN_DAEMON)));
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
