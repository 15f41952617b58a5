// CPU time per D-Bus call of a server on @connman/dbus, beside the same server on dbus-next.
//
// Everything runs on a private dbus-daemon. The time is the server process's own (schedstat), which hardly depends on what
// else the machine does; rounds alternate between the servers, and medians and ratios are printed.
//
//   node tools/bench/dbus.mjs [rounds]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, root } from './lib/programs.mjs';

const rounds = Number(process.argv[2] ?? 5);
const folder = await bundle('dbus', ['server-ours', 'server-dbus-next', 'load']);
const loads = [
  { method: 'Echo', calls: 20000, inFlight: 64 },
  { method: 'GetProperties', calls: 4000, inFlight: 16 },
  { method: 'GetServices', calls: 100, inFlight: 4 },
];

const children = [];
async function start(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface(child.stdout);
  child.once('exit', (code) => lines.emit('error', new Error(`${command} ${args[0]} ended with status ${code}`)));
  const [first] = await once(lines, 'line');
  return { child, lines, first };
}

/** Nanoseconds on a CPU, over all threads. */
function cpuTime(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]))
    .reduce((sum, value) => sum + value, 0);
}

function rss(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

try {
  const { first: address } = await start('dbus-daemon', ['--session', '--print-address=1', '--nofork', '--nopidfile']);
  const load = await start('node', [path.join(folder, 'load.js'), address]);
  const servers = [];
  const add = async (title, file, ...more) => {
    const name = `org.example.Bench${servers.length}`;
    const { child } = await start('node', [path.join(folder, file), address, name, ...more]);
    servers.push({ title, name, child, cpu: loads.map(() => []), rate: loads.map(() => []) });
  };
  const addon = path.join(root, 'packages/linux/dist/linux.node');
  if (existsSync(addon)) copyFileSync(addon, path.join(folder, 'linux.node'));
  if (existsSync(addon)) await add('ours, native stream', 'server-ours.js', 'linux');
  await add('ours, node:net', 'server-ours.js', 'node');
  await add('dbus-next', 'server-dbus-next.js');

  const run = async (server, { method, calls, inFlight }) => {
    const before = cpuTime(server.child.pid);
    load.child.stdin.write(`${server.name} ${method} ${calls} ${inFlight}\n`);
    const [ms] = await once(load.lines, 'line');
    return { cpu: (cpuTime(server.child.pid) - before) / calls / 1000, rate: calls / (Number(ms) / 1000) };
  };
  for (let round = -1; round < rounds; round++) {
    for (const [index, what] of loads.entries()) {
      for (const server of servers) {
        const { cpu, rate } = await run(server, what);
        // The first round warms the compilers up.
        if (round < 0) continue;
        server.cpu[index].push(cpu);
        server.rate[index].push(rate);
      }
    }
  }

  console.log(`CPU per call in microseconds, calls per second; medians of ${rounds} rounds, Node ${process.version}`);
  const base = servers.at(-1);
  for (const [index, { method, inFlight }] of loads.entries()) {
    for (const server of servers) {
      const cpu = median(server.cpu[index]);
      const ratio = median(base.cpu[index]) / cpu;
      console.log(
        `${method.padEnd(14)} ${String(inFlight).padStart(3)} in flight  ${server.title.padEnd(20)} ${cpu.toFixed(1).padStart(9)} us` +
          `  ${median(server.rate[index]).toFixed(0).padStart(7)}/s  ${server === base ? '' : `${ratio.toFixed(1)} x less than ${base.title}`}`,
      );
    }
  }
  for (const server of servers)
    console.log(`RSS after the load  ${server.title.padEnd(20)} ${rss(server.child.pid).toFixed(1)} MB`);
} finally {
  for (const child of children) child.removeAllListeners('exit').kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
