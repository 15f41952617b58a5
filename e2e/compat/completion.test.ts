// The shells complete connmanctl's line with its commands, their options, and the names that the daemon has.
import { existsSync, readFileSync } from 'node:fs';
import { peerLibraries, peersFolder, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { ours } from '../netns/lab/subject';

jest.setTimeout(60_000);

const file = (shell: string) => `${repository}/packages/cli/completion/connmanctl.${shell}`;

// Debian 12 has it in /bin.
const zsh = [`${peersFolder}/bin/zsh`, `${peersFolder}/usr/bin/zsh`].find(existsSync) ?? 'zsh';

/** How each shell is asked without a terminal, and what it runs. */
const shells: Readonly<Record<string, (line: string) => readonly string[]>> = {
  bash: (line) => [
    ...[
      'bash',
      '-c',
      `. ${file('bash')}; COMP_LINE=$1 COMP_POINT=\${#1}; _connmanctl; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    ...['bash', line],
  ],
  // compadd works inside of a widget only; here it prints.
  zsh: (line) => [
    ...[zsh, '-f', '-c'],
    `compadd() { print -l -- $candidates }; words=("\${(@s: :)1}"); CURRENT=$#words; . ${file('zsh')}`,
    ...['zsh', line],
  ],
  fish: (line) => [
    ...[`${peersFolder}/usr/bin/fish`, '--no-config', '-c', `source ${file('fish')}; complete -C $argv[1]`, line],
  ],
};

async function completed(lab: Lab, command: readonly string[]): Promise<string[]> {
  const env = { ...peerLibraries(), PATH: `/run/bin:${process.env.PATH ?? ''}`, HOME: '/run' };
  return (await lab.machine.run([...command], { env })).split('\n').filter((line) => line !== '');
}

test.each(Object.keys(shells))('%s', (shell) =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const connman = await lab.startDaemon();
    const { path } = await connman.untilReady('eth0');
    const service = path.split('/').at(-1);
    await lab.machine.run('mkdir -p /run/bin');
    lab.machine.write('/run/bin/connmanctl', `#!/bin/sh\nexec ${ours.client.join(' ')} "$@"\n`);
    await lab.machine.run('chmod 755 /run/bin/connmanctl');
    const ask = (line: string) => completed(lab, (shells[shell] as (line: string) => readonly string[])(line));
    expect(await ask('connmanctl tech')).toEqual(['technologies']);
    expect((await ask('connmanctl se')).sort()).toEqual(['services', 'session']);
    expect(await ask('connmanctl connect ')).toEqual([service]);
    expect(await ask('connmanctl --json services eth')).toEqual([service]);
    expect(await ask('connmanctl enable off')).toEqual(['offline']);
    expect(await ask(`connmanctl config ${service} --auto`)).toEqual(['--autoconnect']);
  }),
);

test('each file names its shell in its first line, and is the one that is installed', () => {
  const { parts } = JSON.parse(readFileSync(`${repository}/features.json`, 'utf8'));
  const { files } = parts.find(({ name }: { name: string }) => name === 'connmanctl');
  for (const shell of Object.keys(shells)) {
    expect(readFileSync(file(shell), 'utf8')).toMatch(new RegExp(`^#.*(${shell}|compdef)`));
    expect(files).toContainEqual(expect.objectContaining({ from: `packages/cli/completion/connmanctl.${shell}` }));
  }
});
