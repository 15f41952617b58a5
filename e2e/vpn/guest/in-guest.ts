// A script of e2e/vpn/guest as a jest test: in a kernel of its own, because this machine's may lack WireGuard, PPP and L2TP.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { repository } from '../../netns/lab/host';

const run = path.join(repository, 'e2e/radio/run.mjs');

export const guestTest: jest.It = spawnSync(process.execPath, [run, '--check']).status === 0 ? test : test.skip;

/** Runs those of the script's scenarios whose names contain `only` to their end. Rejects with what it printed if one failed. */
export async function inGuest(script: string, only = ''): Promise<void> {
  const file = path.join(repository, 'e2e/vpn/guest', script);
  const environment = ['E2E_VPND', 'CAPTURE'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : ['-e', `${name}=${value}`];
  });
  const words = [run, '--timeout', '400', ...environment, file, only];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`${script} ended with ${status}\n${text}`);
}
