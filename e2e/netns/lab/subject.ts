// The daemons the laboratory can try, and their connmanctl: ours, and Debian's as the reference.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { peerLibraries, peersFolder, repository } from './host';

export interface Subject {
  readonly name: 'ours' | 'debian';
  readonly daemon: readonly string[];
  readonly client: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Can it take packets whose checksum the sender left to the hardware? */
  readonly offload: boolean;
}

/** Flags of the installed program: see docs/adr/0001-runtime-floor.md. */
export const NODE_FLAGS: readonly string[] = JSON.parse(
  readFileSync(path.join(repository, 'tools/node-flags.json'), 'utf8'),
);

export const ours: Subject = {
  name: 'ours',
  daemon: [process.execPath, ...NODE_FLAGS, `${repository}/packages/core/dist/connmand.js`, '-n'],
  // As the reference ends and words its errors, so that one scenario fits both.
  client: [process.execPath, `${repository}/packages/cli/dist/connmanctl.js`, '--compat-exit'],
  env: {},
  offload: true,
};

export const debian: Subject = {
  name: 'debian',
  daemon: [`${peersFolder}/usr/sbin/connmand`, '-n'],
  client: [`${peersFolder}/usr/bin/connmanctl`],
  env: peerLibraries(),
  offload: false,
};

/** E2E_SUBJECT=debian runs the scenarios against the reference, to try the laboratory itself. */
export const subjectUnderTest: Subject = process.env.E2E_SUBJECT === 'debian' ? debian : ours;

export function assertPresent({ daemon }: Subject): void {
  const program = daemon.find((word) => word !== process.execPath && word.startsWith('/'));
  if (program === undefined || !existsSync(program))
    throw new Error(`${program} is not there; run "tools/setup test" first`);
}
