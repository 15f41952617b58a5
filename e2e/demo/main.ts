// The demonstration behind tools/demo: a machine of namespaces, a simulated uplink, and the way to online as it happens.
import type { Incoming } from '../netns/lab/bus';
import { inLab, type Lab } from '../netns/lab/lab';
import type { Network } from '../netns/lab/network';
import { ours } from '../netns/lab/subject';

const interactive = !process.argv.includes('--once') && process.stdin.isTTY && process.stdout.isTTY;

async function demonstrate(lab: Lab): Promise<void> {
  say('A machine of its own (network, mount, process and host name namespaces) with one unplugged cable, eth0.');
  say('At the far end of it: a DHCP server, a name server and a web server for the online check.\n');
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
  const started = performance.now();
  const connman = await lab.startDaemon({ mainConf: '' });
  say(`connmand -n is on the bus after ${(performance.now() - started).toFixed(0)} ms, state "${connman.state}".\n`);

  const seen = narrate(lab, network);
  await network.plug();
  await connman.untilOnline('eth0', 30_000);
  await seen.request;
  seen.end();

  say('');
  for (const command of ['state', 'services', 'technologies']) {
    say(`$ connmanctl ${command}`);
    say(`${await lab.connmanctl(command)}\n`);
  }
  if (!interactive) return;
  say(
    'You are in connmanctl on that machine now: try "services ethernet_..." or "monitor on"; "quit" ends the demo.\n',
  );
  await lab.machine.attach([...lab.subject.client]);
}

interface Narration {
  /** Settles when the online check has reached its server. */
  readonly request: Promise<void>;
  /** Nothing is printed any more: a prompt follows. */
  end(): void;
}

/** Prints each step on the way, when it is seen: by the kernel, on the wire, on the bus. */
function narrate(lab: Lab, network: Network): Narration {
  let isOver = false;
  let requested = () => {};
  const request = new Promise<void>((resolve) => {
    requested = resolve;
  });
  // Counted from the carrier; the bus may tell of it before the kernel's own message has come through its pipe.
  let plugged: number | undefined;
  const early: (() => void)[] = [];
  const step = (who: string, what: string, at = performance.now()) => {
    if (isOver) return;
    if (plugged === undefined) early.push(() => step(who, what, at));
    else
      say(
        `${Math.max(0, at - plugged)
          .toFixed(1)
          .padStart(8)} ms  ${who.padEnd(8)}${what}`,
      );
  };
  const seen = new Set<string>();
  lab.machine.kernel.follow((line) => {
    const address = /: eth0 .*inet ([\d./]+)/.exec(line)?.[1];
    const gateway = /^default via (\S+)/.exec(line)?.[1];
    if (plugged === undefined && /: eth0@.*state UP/.test(line)) {
      plugged = performance.now();
      step('kernel', 'the cable is in, eth0 has a carrier');
      for (const late of early.splice(0)) late();
    }
    if (address !== undefined && !line.startsWith('Deleted')) step('kernel', `eth0 has the address ${address}`);
    if (gateway !== undefined) step('kernel', `default route by ${gateway}`);
  });
  network.dhcp.output.follow((line) => {
    const message = /(DHCP(?:DISCOVER|OFFER|REQUEST|ACK|NAK))\(port\) ?((?:\d+\.){3}\d+)?/.exec(line);
    if (message) step('wire', [message[1], message[2]].join(' ').trimEnd());
  });
  network.services.output.follow((line) => {
    const request = /^GET (\S+) .* host=(\S+)/.exec(line);
    if (!request) return;
    step('wire', `online check: GET http://${request[2]}${request[1]}`);
    requested();
  });
  lab.connman.client.onSignal.push(({ path, member, body }: Incoming) => {
    const states: [string, unknown][] = [];
    if (member === 'PropertyChanged' && body[0] === 'State') states.push([path, body[1]]);
    if (member === 'ServicesChanged')
      for (const [service, properties] of body[0] as [string, Record<string, unknown>][])
        if (properties.State !== undefined) states.push([service, properties.State]);
    for (const [object, state] of states) {
      const text = object === '/' ? `the machine is ${state}` : `${object.split('/').at(-1)} is ${state}`;
      if (seen.has(text)) continue;
      seen.add(text);
      // The bus is faster than the log of the web server, whose line comes first in truth.
      if (state === 'online') void request.then(() => step('bus', text));
      else step('bus', text);
    }
  });
  return {
    request,
    end() {
      isOver = true;
    },
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

inLab(ours, demonstrate).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
