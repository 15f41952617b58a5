// Programs that are only unpacked below tmp/peers, offered to a host where installed ones would be.
import { existsSync } from 'node:fs';
import { type Host, peerLibraries, peersFolder } from './host';

export const iptablesLegacy = ['iptables', 'ip6tables'].flatMap((family) =>
  ['save', 'restore'].map((action) => `${family}-legacy-${action}`),
);

/** What an unpacked program needs to find its libraries and extensions. */
export function peerEnvironment(): Readonly<Record<string, string>> {
  const { LD_LIBRARY_PATH = '' } = peerLibraries();
  const extensions = LD_LIBRARY_PATH.split(':').map((folder) => `${folder}/xtables`);
  return { LD_LIBRARY_PATH, XTABLES_LIBDIR: extensions.find((folder) => existsSync(folder)) ?? '' };
}

/** More than once on one host: what was offered stays. */
export async function offerPrograms(host: Host, ...names: readonly string[]): Promise<void> {
  await host.run(['sh', '-c', 'mountpoint -q /usr/local/sbin || mount -t tmpfs tmpfs /usr/local/sbin']);
  const variables = Object.entries(peerEnvironment()).map(([name, value]) => `${name}=${value}`);
  for (const name of names) {
    const folders = ['usr/sbin', 'usr/bin'].map((folder) => `${peersFolder}/${folder}`);
    const program = folders.map((folder) => `${folder}/${name}`).find((file) => existsSync(file));
    if (program === undefined)
      throw new Error(`${name} is not in ${folders.join(' or ')}; run "tools/setup test" first`);
    host.write(`/usr/local/sbin/${name}`, `#!/bin/sh\n${variables.join(' ')} exec ${program} "$@"\n`);
    await host.run(['chmod', '755', `/usr/local/sbin/${name}`]);
  }
}

/**
 * What is unpacked shows through where it would be installed, beside what the machine has: for programs that look for others, or for
 * parts of their own, at paths they were built with. Before any other program of the host is offered.
 */
export async function installPeers(host: Host): Promise<void> {
  const { LD_LIBRARY_PATH = '' } = peerLibraries();
  // What a package has below /lib is below /usr/lib on the machine.
  const [main = '', ...others] = LD_LIBRARY_PATH.split(':').map((folder) => folder.slice(peersFolder.length));
  const libraries = [main, ...others.filter((folder) => !folder.startsWith(`${main}/`))];
  for (const [folder, ...unpacked] of [
    ['/usr/sbin', '/usr/sbin', '/sbin'],
    [main, ...libraries],
  ]) {
    const present = unpacked.map((path) => `${peersFolder}${path}`).filter((path) => existsSync(path));
    if (folder === undefined || present.length === 0) continue;
    await host.run(['mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${[folder, ...present].join(':')}`, folder]);
  }
}
