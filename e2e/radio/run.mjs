// Runs a script as root in a throw-away Linux kernel that is an ordinary process (user-mode Linux). See README.md.
//
//   node e2e/radio/run.mjs [options] SCRIPT [ARGUMENT...]
//   node e2e/radio/run.mjs --check       says nothing and ends with 0 where guests can be run, with 3 where not
//
//     --real-time        let the guest's clock run as ours does; by default its time is virtual: waiting takes none
//     --counted-time     waiting takes none, computing does: for programs that poll, as systemd
//     --timeout SECONDS  of ours that the guest may take (default 300)
//     --memory MB        of the guest (default 1024)
//     --out FOLDER       of ours that the guest sees as /out (default: one in tmp/radio that stays if the script fails)
//     -e NAME=VALUE      environment of the script; more than once
//
// SCRIPT is a program (its first line says which interpreter), or TypeScript, which is bundled first. The exit status is
// the script's; 124 when the time was up, 125 when the guest died, 3 when this machine has no laboratory.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { boot, laboratory, nodeFlags, scratchFolder } from './guest/boot.mjs';
import { bundle } from './guest/bundle.mjs';

const usage =
  'usage: node e2e/radio/run.mjs [--real-time|--counted-time] [--timeout S] [--memory MB] [--out DIR] [-e NAME=VALUE] SCRIPT';

function readArguments(words) {
  const options = { time: 'virtual', timeoutSeconds: 300, memoryMb: 1024, environment: {} };
  const rest = [...words];
  while (rest[0]?.startsWith('-')) {
    const option = rest.shift();
    if (option === '--real-time') options.time = 'real';
    else if (option === '--counted-time') options.time = 'counted';
    else if (option === '--timeout') options.timeoutSeconds = Number(rest.shift());
    else if (option === '--memory') options.memoryMb = Number(rest.shift());
    else if (option === '--out') options.out = path.resolve(rest.shift() ?? '.');
    else if (option === '-e') {
      const [name, ...value] = (rest.shift() ?? '').split('=');
      options.environment[name] = value.join('=');
    } else fail(`unknown option ${option}\n${usage}`, 2);
  }
  if (rest.length === 0) fail(usage, 2);
  return { options, script: path.resolve(rest[0]), words: rest.slice(1) };
}

function fail(text, status) {
  process.stderr.write(`radio: ${text}\n`);
  process.exit(status);
}

const { missing } = laboratory();
if (missing) fail(`${missing}; run "tools/setup radio" first`, 3);
if (process.argv[2] === '--check') process.exit(0);

const { options, script, words } = readArguments(process.argv.slice(2));

const bundled = script.endsWith('.ts') ? await bundle(script, scratchFolder()) : undefined;
try {
  const { status, note } = await boot({
    ...options,
    name: path.basename(script).replace(/(\.test)?\.[a-z]+$/, ''),
    argv: [...(bundled ? [process.execPath, ...nodeFlags, bundled] : [script]), ...words],
    onOutput: (text) => process.stdout.write(text),
  });
  if (note) process.stderr.write(`radio: ${note}\n`);
  process.exitCode = status;
} finally {
  if (bundled) rmSync(bundled);
}
