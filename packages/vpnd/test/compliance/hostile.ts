/** Programs without manners: what they say, ask and call back is what real ones do, cut and changed at random. */
import type { Program, ScriptedProcess } from '@connman/testkit';
import { type Machine, wordAfter } from './machine';

/** The same numbers in every run (Park and Miller). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

export const pieces = [
  ...['', '0', '-1', '1', '999999999999', '255.255.0.255', '10.8.0.2', '10.8.0.2/24', '::', 'fd00::1/129', 'fd00::2'],
  ...['corp.example', '%s%n', '\0', '\n', '\u2028', 'a'.repeat(5000), '../../etc/passwd', '__proto__', ',,,', "'\\''"],
];

export function mutated(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const piece = pieces[random(pieces.length)] ?? '';
  return text.slice(0, at) + piece + text.slice(at + random(4));
}

export const managementLines = [
  '>HOLD:Waiting for hold release:0',
  '>STATE:1637000000,CONNECTED,SUCCESS,10.8.0.2,192.0.2.1,1194,,',
  ">PASSWORD:Need 'Auth' username/password SC:1,Enter the code",
  ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:T21kUTQ2:dXNlcg==:Please enter the code']",
  ">PASSWORD:Need 'Private Key' password",
  '>LOG:1637000000,I,UDPv4 link remote: [AF_INET]192.0.2.1:1194',
  '>INFOMSG:OPEN_URL:https://vpn.example/login',
  '>FATAL:cannot allocate TUN/TAP dev dynamically',
  'SUCCESS: pid=1234',
  'ERROR: unknown command',
];

export const outputLines = [
  "COOKIE='abc'",
  "FINGERPRINT='pin-sha256:xyz'",
  'Login failed.',
  'Unexpected 404 result from server',
  'xl2tpd[32]: Maximum retries exceeded for tunnel 1.  Closing.',
  'pppd exited for call 1 with code 19',
  'LCP: timeout sending Config-Requests',
  'MS-CHAP authentication failed: bad password',
];

export const prompts = [
  'Username:',
  'Password:',
  'GROUP: [a|b]:',
  'Enter PIN:',
  "Enter 'yes' to accept, 'no' to abort:",
];

/** Goes on for a while, and ends by itself or not. */
export function hostileProgram(machine: Machine, seed: number): Program {
  const random = numbers(seed);
  const one = (texts: readonly string[]) => mutated(texts[random(texts.length)] ?? '', random);
  return (process) => {
    const acts = [
      () => process.say(one(outputLines), random(2) === 0 ? 'out' : 'error'),
      () => process.ask(one(prompts)),
      () => callBack(machine, process, random),
    ];
    serveManagement(machine, process, () => one(managementLines));
    let rest = 30;
    const act = () => {
      if (!process.isRunning) return;
      acts[random(acts.length)]?.();
      rest--;
      if (rest > 0) machine.clock.setTimer(10 + random(200), act);
      else if (random(2) === 0) process.exit(random(30));
    };
    act();
  };
}

function callBack(machine: Machine, process: ScriptedProcess, random: (below: number) => number): void {
  const names = [
    'reason',
    'script_type',
    'TUNDEV',
    'dev',
    'IFNAME',
    'IPLOCAL',
    'INTERNAL_IP4_ADDRESS',
    'ifconfig_local',
  ];
  const entries = [...names, 'PPPD_PID', 'CONNECT_TIME'].flatMap((name) =>
    random(3) === 0 ? [] : [[name, (pieces[random(pieces.length)] ?? '').replaceAll('\0', '')] as const],
  );
  const reason = random(2) === 0 ? { reason: 'connect', script_type: 'up' } : {};
  for (const socket of machine.sockets.paths)
    if (socket !== managementSocket(process)) machine.callBack(socket, { ...Object.fromEntries(entries), ...reason });
}

function managementSocket(process: ScriptedProcess): string | undefined {
  return process.options.args.includes('--management') ? wordAfter(process, '--management') : undefined;
}

function serveManagement(machine: Machine, process: ScriptedProcess, line: () => string): void {
  const path = managementSocket(process);
  if (path === undefined) return;
  const listener = machine.sockets.listen({
    path,
    mode: 0o600,
    onStream(take) {
      const say = () => stream.write(new TextEncoder().encode(`${line()}\r\n`), []);
      const stream = take({ onData: () => void machine.clock.setTimer(10, say), onDrain() {}, onClose() {} });
      for (let i = 0; i < 20; i++) machine.clock.setTimer(50 * i, say);
    },
  });
  process.onEnd = () => listener.close();
}
