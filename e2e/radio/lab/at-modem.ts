// A small GSM modem: AT commands (3GPP TS 27.007), one SIM, one operator. For oFono's driver "phonesim" it speaks over TCP, and the
// bearer of its data is the network link dummy0 with DHCP, as that driver has it; for ModemManager over a local socket, where
// ModemManager's own tests have their modems, and its data is PPP.
import { createServer, type Socket } from 'node:net';

export const imsi = '244070100000001';
export const operator = 'LabTel';
const numericOperator = '24407';

/** What it answers before OK; others are answered with OK alone, and questions that it does not know with ERROR. */
const answers: Readonly<Record<string, string>> = {
  '+CGMI': 'Lab',
  '+CGMM': 'Lab modem',
  '+CGMR': '1.0',
  '+CGSN': '356938035643809',
  '+CIMI': imsi,
  '+GCAP': '+GCAP: +CGSM',
  '+CFUN?': '+CFUN: 1',
  '+CBC': '+CBC: 0,80',
  '+SIMSTATE?': '+SIMSTATE: 1',
  '+CPIN?': '+CPIN: READY',
  '+CSQ': '+CSQ: 25,99',
  '+CLCK="SC",2': '+CLCK: 0',
  '+CREG=?': '+CREG: (0-2)',
  '+CGREG=?': '+CGREG: (0-2)',
  '+CGATT?': '+CGATT: 1',
  '+CGDCONT=?': '+CGDCONT: (1-4),"IP",,,(0-2),(0-4)',
  '+CGEREP=?': '+CGEREP: (0-2),(0-1)',
  '+CGACT?': '+CGACT: 1,0',
  '+CMER=?': '+CMER: (0-3),(0),(0),(0-2),(0)',
  '+CIND=?': '+CIND: ("battchg",(0-5)),("signal",(0-5)),("service",(0-1)),("roam",(0-1))',
  '+CIND?': '+CIND: 5,4,1,0',
  '+COPS=?': `+COPS: (2,"${operator}","Lab","${numericOperator}",7),,(0-4),(0-2)`,
  '+CRSM=192,12258': '+CRSM: 144,0,"0000000A2FE204000000000001020000"',
  '+CRSM=176,12258,0,0,10': '+CRSM: 144,0,"98538302000000000100"',
};
const noSuchFile = '+CRSM: 106,130';

export class AtModem {
  #socket: Socket | undefined;
  /** 1 at home, 5 roaming, 2 searching (TS 27.007, +CREG). */
  #registration = 1;
  #wantsNumbers = false;
  /** Contexts that were defined, by number: `"IP","web.example"`. */
  readonly contexts = new Map<string, string>();

  /** Listens on a port of the loopback, or on a local socket. */
  static async start(at: number | string): Promise<AtModem> {
    const modem = new AtModem();
    const server = createServer((socket) => modem.#serve(socket));
    const where = typeof at === 'number' ? { port: at, host: '127.0.0.1' } : { path: at };
    await new Promise<void>((resolve) => server.listen(where, resolve));
    return modem;
  }

  /** It is registered at home, or roams. */
  roam(roaming: boolean): void {
    this.#registration = roaming ? 5 : 1;
    this.#say(`+CREG: ${this.#place}`);
    this.#say(`+CGREG: ${this.#place}`);
  }

  get #place(): string {
    return `${this.#registration},"00B1","0000AA01",7`;
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#command(line.trim());
    });
  }

  #say(line: string): void {
    this.#socket?.write(`\r\n${line}\r\n`, 'latin1');
  }

  /** Several commands may stand in a line, which has one result. */
  #command(line: string): void {
    if (line === '') return;
    if (line.startsWith('ATD')) return this.#say('CONNECT');
    for (const part of line.slice('AT'.length).split(';')) {
      const answer = this.#answer(part);
      if (answer !== undefined) this.#say(answer);
      else if (part.endsWith('?')) return this.#say('ERROR');
    }
    this.#say('OK');
  }

  #answer(command: string): string | undefined {
    if (command.startsWith('+COPS=3,')) this.#wantsNumbers = command === '+COPS=3,2';
    if (command === '+COPS?')
      return this.#wantsNumbers ? `+COPS: 0,2,"${numericOperator}",7` : `+COPS: 0,0,"${operator}",7`;
    const [, number, context] = /^\+CGDCONT=(\d+),(.*)$/.exec(command) ?? [];
    if (number !== undefined && context !== undefined) this.contexts.set(number, context);
    if (command === '+CGDCONT?')
      return [...this.contexts].map(([id, text]) => `+CGDCONT: ${id},${text},"",0,0`).join('\r\n');
    if (command === '+CREG?' || command === '+CGREG?') return `${command.slice(0, -1)}: 2,${this.#place}`;
    return answers[command] ?? (command.startsWith('+CRSM=') ? noSuchFile : undefined);
  }
}
