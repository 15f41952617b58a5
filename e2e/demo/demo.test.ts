// The demonstration tells the way to online and ends well.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { repository } from '../netns/lab/host';

const demo = `${repository}/e2e/dist/demo.js`;

test('once, without a terminal, it prints the way, the state and the services, and ends with 0', () => {
  const text = execFileSync(process.execPath, [demo, '--once'], { encoding: 'utf8', timeout: 60_000, stdio: 'pipe' });
  for (const step of ['has a carrier', 'DHCPACK', 'default route by', 'the machine is online'])
    expect(text).toContain(step);
  // What is online has been asked for first.
  expect(text.indexOf('online check: GET')).toBeLessThan(text.indexOf('the machine is online'));
  expect(text).toContain('  State = online\n');
  expect(text).toMatch(/^\*AO Wired {16}ethernet_/m);
});

test('on a terminal it leaves the user at a prompt, over which it prints nothing more', async () => {
  const terminal = spawn('script', ['-qec', `${process.execPath} ${demo}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(terminal, 'close');
  let text = '';
  /** What a user types, after what was seen. */
  const dialogue: (readonly [seen: string, typed: string])[] = [
    ['connmanctl> ', 'state\n'],
    ['State = online', 'quit\n'],
  ];
  let from = 0;
  terminal.stdout.setEncoding('utf8');
  terminal.stdout.on('data', (chunk: string) => {
    text += chunk;
    for (const [seen, typed] of [...dialogue]) {
      const at = text.indexOf(seen, from);
      if (at < 0) return;
      from = at + seen.length;
      dialogue.shift();
      terminal.stdin.write(typed);
    }
  });
  expect(await ended).toEqual([0, null]);
  expect(dialogue).toEqual([]);
  const atThePrompt = text.slice(text.indexOf('connmanctl> '));
  expect(atThePrompt).not.toMatch(/^ *[\d.]+ ms /m);
}, 60_000);

test('without the right to make namespaces it says what is missing, and fetches nothing', () => {
  const words = ['--bounding-set', '-sys_admin', '--', `${repository}/tools/demo`, '--once'];
  const { stderr, status } = spawnSync('setpriv', words, { encoding: 'utf8' });
  expect(stderr).toMatch(/^demo: this machine does not let us make namespaces: .*\n.*CAP_SYS_ADMIN/);
  expect(status).toBe(1);
});

describe('in a chroot', () => {
  /** Runs a command in a chroot that `make` has made at $ROOT, in a mount namespace of its own. */
  const inChroot = (make: string, ...command: string[]) => {
    const script = `set -e; mount -t tmpfs tmpfs /mnt; ROOT=/mnt/root; mkdir $ROOT; ${make}; exec chroot $ROOT "$@"`;
    return spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...command], { encoding: 'utf8' });
  };

  test('whose folder is a mount point it comes online', () => {
    const { stdout, stderr } = inChroot('mount --rbind / $ROOT', process.execPath, demo, '--once');
    expect(stderr).toBe('');
    expect(stdout).toContain('  State = online\n');
  }, 60_000);

  test('whose folder is none it says how to make it one', () => {
    const make = 'for d in /*; do [ ! -d "$d" ] || { mkdir -p "$ROOT$d" && mount --rbind "$d" "$ROOT$d"; }; done';
    const { stderr, status } = inChroot(make, `${repository}/tools/demo`, '--once');
    expect(stderr).toMatch(
      /^demo: this machine does not let us make namespaces: [\s\S]*mount --bind DIR DIR; chroot DIR/,
    );
    expect(status).toBe(1);
  });
});
