/** The programs of each type of VPN, as a test plays them: what they ask, what they call back, and how they end. */
import type { Program, ScriptedProcess } from '@connman/testkit';
import { callbackVariable } from '../../src/drivers/shared/callbacks';
import { type Machine, wordAfter } from './machine';

/** So long a program waits for a server that is silent. */
function whenSilent(machine: Machine, process: ScriptedProcess, act: () => void): void {
  process.onEnd = machine.clock.setTimer(5_000, act);
}

export function openvpn(machine: Machine): Program {
  return (process) => {
    const say = (stream: { write(bytes: Uint8Array, fds: readonly number[]): void }, line: string) =>
      stream.write(new TextEncoder().encode(`${line}\r\n`), []);
    const listener = machine.sockets.listen({
      path: wordAfter(process, '--management'),
      mode: 0o600,
      onStream(take) {
        const hear = (text: string) => {
          for (const line of text.split('\n')) {
            if (line === 'state on') say(stream, '>HOLD:Waiting for hold release:0');
            if (line === 'hold release' && machine.server.isUp) say(stream, ">PASSWORD:Need 'Auth' username/password");
            if (line.startsWith('password ')) answer(line.includes(`"${machine.server.password}"`));
          }
        };
        const answer = (isRight: boolean) => {
          if (!isRight) {
            say(stream, ">PASSWORD:Verification Failed: 'Auth'");
            say(stream, ">PASSWORD:Need 'Auth' username/password");
            return;
          }
          const environment = {
            dev: wordAfter(process, '--dev'),
            ifconfig_local: '10.8.0.2',
            ifconfig_netmask: '255.255.255.0',
          };
          machine.callBack(wordAfter(process, callbackVariable), environment);
          machine.clock.setTimer(20, () => say(stream, '>STATE:1,CONNECTED,SUCCESS,10.8.0.2,192.0.2.1,1194,,'));
        };
        const stream = take({
          onData: (bytes) => hear(new TextDecoder().decode(bytes)),
          onDrain() {},
          onClose() {},
        });
      },
    });
    process.onEnd = () => listener.close();
  };
}

export function openconnect(machine: Machine): Program {
  return (process) => {
    if (!process.options.args.includes('--authenticate')) return stayConnected(machine, process);
    if (!machine.server.isUp) {
      process.say('Failed to connect to host vpn.example');
      return whenSilent(machine, process, () => process.exit(1));
    }
    process.onWritten = () => {
      if (process.written !== `${machine.server.password}\n`) {
        process.say('Login failed.');
        return process.ask('Password:');
      }
      process.say("COOKIE='a cookie'", 'out');
      process.say("HOST='192.0.2.1'", 'out');
      process.exit(0);
    };
    process.ask('Password:');
  };
}

/** SIGUSR2 has it connect again. */
function stayConnected(machine: Machine, process: ScriptedProcess): void {
  const { onSignal } = process;
  process.onSignal = (name) => (name === 'SIGUSR2' ? undefined : onSignal(name));
  tunnelled(machine, process, wordAfter(process, '--interface'));
}

export function vpnc(machine: Machine): Program {
  return (process) => {
    if (!machine.server.isUp) return whenSilent(machine, process, () => process.exit(1));
    if (!process.written.includes(`Xauth password ${machine.server.password}\n`)) return process.exit(2);
    tunnelled(machine, process, wordAfter(process, '--ifname'));
  };
}

/** openconnect and vpnc, once they are let in. */
function tunnelled(machine: Machine, process: ScriptedProcess, device: string): void {
  machine.callBack(process.options.environment?.[callbackVariable] ?? '', {
    ...{ reason: 'connect', TUNDEV: device, VPNGATEWAY: '192.0.2.1' },
    ...{ INTERNAL_IP4_ADDRESS: '10.8.0.2', INTERNAL_IP4_NETMASK: '255.255.255.0' },
  });
}

export function pppd(machine: Machine): Program {
  return (process) => {
    if (!machine.server.isUp) return whenSilent(machine, process, () => process.exit(16));
    dial(machine, process, wordAfter(process, 'file'), () => process.exit(19));
  };
}

export function xl2tpd(machine: Machine): Program {
  return (process) => {
    if (!machine.server.isUp)
      return whenSilent(machine, process, () => process.say('Maximum retries exceeded for tunnel 1.  Closing.'));
    const configuration = machine.files.read(wordAfter(process, '-c')) ?? '';
    const [, options = ''] = /^pppoptfile = (.*)$/m.exec(configuration) ?? [];
    dial(machine, process, options, () => process.say('pppd exited for call 1 with code 19'));
  };
}

/** pppd makes the link and takes it away. */
function dial(machine: Machine, process: ScriptedProcess, optionsFile: string, refuse: () => void): void {
  const options = machine.files.read(optionsFile) ?? '';
  const [, device = ''] = /^ifname (.*)$/m.exec(options) ?? [];
  const [, socket = ''] = new RegExp(`^set ${callbackVariable}=(.*)$`, 'm').exec(options) ?? [];
  if (!options.includes(`password "${machine.server.password}"`)) return refuse();
  machine.addLink(device);
  process.onEnd = () => void machine.links.delete(device);
  machine.callBack(socket, { IFNAME: device, IPLOCAL: '10.8.0.2', IPREMOTE: '10.8.0.1' });
}
