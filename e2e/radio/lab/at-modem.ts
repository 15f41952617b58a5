// A small GSM modem: AT commands (3GPP TS 27.007), one SIM, one operator. For oFono's driver "phonesim" it speaks over TCP, and the
// bearer of its data is the network link dummy0 with DHCP, as that driver has it; for ModemManager over a local socket, where
// ModemManager's own tests have their modems, and its data is PPP; and on terminals, as those of a USB device (usb-modem.ts).
import { closeSync, constants, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';

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
  '+CMER=?': '+CMER: (0-3),(0),(0),(0-2),(0)',
  '+CIND=?': '+CIND: ("battchg",(0-5)),("signal",(0-5)),("service",(0-1)),("roam",(0-1))',
  '+CIND?': '+CIND: 5,4,1,0',
  '+COPS=?': `+COPS: (2,"${operator}","Lab","${numericOperator}",7),,(0-4),(0-2)`,
  '+CRSM=192,12258': '+CRSM: 144,0,"0000000A2FE2040000000001020000"',
  '+CRSM=176,12258,0,0,10': '+CRSM: 144,0,"98538302000000000100"',
  // EF-AD: the operator's code has two digits behind the country's.
  '+CRSM=192,28589': '+CRSM: 144,0,"000000046FAD040000000001020000"',
  '+CRSM=176,28589,0,0,4': '+CRSM: 144,0,"00000002"',
};
const noSuchFile = '+CRSM: 106,130';

const open = (path: string) => openSync(path, constants.O_RDWR | constants.O_NOCTTY);

/** A line of commands; while it carries data it is none. */
interface Line {
  readonly input: Readable;
  readonly output: Writable;
  /** Of a terminal. */
  readonly path?: string;
  isData: boolean;
}

/** What sets one model apart from another. */
export interface AtModel {
  /** Answers beside, or in place of, those that all have. */
  readonly answers?: Readonly<Record<string, string>>;
  /** As a network hands them out. */
  readonly ip?: { readonly address: string; readonly netmask: string; readonly gateway: string };
  /** Carries data over a terminal from its CONNECT on, until that ends. */
  readonly carry?: (terminal: string) => Promise<unknown>;
}

export class AtModem {
  readonly #model: AtModel;
  readonly #lines: Line[] = [];
  readonly #descriptors: number[] = [];
  readonly #active = new Set<string>();
  /** 1 at home, 5 roaming, 2 searching (TS 27.007, +CREG). */
  #registration = 1;
  #wantsNumbers = false;
  /** Contexts that were defined, by number: `"IP","web.example"`. */
  readonly contexts = new Map<string, string>();

  private constructor(model: AtModel) {
    this.#model = model;
  }

  /** Listens on a port of the loopback, or on a local socket. */
  static async start(at: number | string): Promise<AtModem> {
    const modem = new AtModem({});
    const server = createServer((socket) => modem.#serve({ input: socket, output: socket, isData: false }));
    const where = typeof at === 'number' ? { port: at, host: '127.0.0.1' } : { path: at };
    await new Promise<void>((resolve) => server.listen(where, resolve));
    return modem;
  }

  /** Speaks on terminals, which are in raw mode. */
  static onTerminals(terminals: readonly string[], model: AtModel): AtModem {
    const modem = new AtModem(model);
    for (const path of terminals) {
      const [input, output] = [open(path), open(path)];
      modem.#serve({ input: new ReadStream(input), output: new WriteStream(output), path, isData: false });
      modem.#descriptors.push(input, output);
    }
    return modem;
  }

  /** It is registered at home, or roams. */
  roam(roaming: boolean): void {
    this.#registration = roaming ? 5 : 1;
    this.#say(`+CREG: ${this.#place}`);
    this.#say(`+CGREG: ${this.#place}`);
  }

  /** Lets go of its terminals. */
  close(): void {
    for (const { input, output } of [...this.#lines]) for (const stream of [input, output]) stream.destroy();
    // The streams have opened them once more.
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }

  get #place(): string {
    return `${this.#registration},"00B1","0000AA01",7`;
  }

  #serve(line: Line): void {
    this.#lines.push(line);
    let rest = '';
    line.input.setEncoding('latin1').on('data', (chunk: string) => {
      const commands = (rest + chunk).split('\r');
      rest = commands.pop() ?? '';
      for (const command of commands) this.#command(line, command.trim());
    });
    line.input.on('close', () => this.#lines.splice(this.#lines.indexOf(line), 1));
  }

  /** What no one asked for is said on all lines. */
  #say(text: string, lines: readonly Line[] = this.#lines): void {
    for (const { output, isData } of lines) if (!isData) output.write(`\r\n${text}\r\n`, 'latin1');
  }

  /** Several commands may stand in a line, which has one result. */
  #command(line: Line, text: string): void {
    const say = (answer: string) => this.#say(answer, [line]);
    if (text === '') return;
    if (text.startsWith('ATD')) return this.#dial(line, text);
    for (const part of text.slice('AT'.length).split(';')) {
      const answer = this.#answer(part);
      if (answer !== undefined) say(answer);
      else if (part.endsWith('?')) return say('ERROR');
    }
    say('OK');
  }

  #dial(line: Line, text: string): void {
    this.#say('CONNECT', [line]);
    const { carry } = this.#model;
    const [, context = '1'] = /\*99\*+(\d+)#/.exec(text) ?? [];
    this.#active.add(context);
    if (!carry || line.path === undefined) return;
    line.isData = true;
    line.input.pause();
    void carry(line.path).finally(() => {
      line.isData = false;
      this.#active.delete(context);
      line.input.resume();
      this.#say('NO CARRIER', [line]);
    });
  }

  #answer(command: string): string | undefined {
    if (command.startsWith('+COPS=3,')) this.#wantsNumbers = command === '+COPS=3,2';
    if (command === '+COPS?')
      return this.#wantsNumbers ? `+COPS: 0,2,"${numericOperator}",7` : `+COPS: 0,0,"${operator}",7`;
    if (command === '+CREG?' || command === '+CGREG?') return `${command.slice(0, -1)}: 2,${this.#place}`;
    return (
      this.#ofContexts(command) ??
      this.#model.answers?.[command] ??
      answers[command] ??
      (command.startsWith('+CRSM=') ? noSuchFile : undefined)
    );
  }

  #ofContexts(command: string): string | undefined {
    const [, number, context] = /^\+CGDCONT=(\d+),(.*)$/.exec(command) ?? [];
    if (number !== undefined && context !== undefined) this.contexts.set(number, context);
    if (command === '+CGDCONT?')
      return [...this.contexts].map(([id, text]) => `+CGDCONT: ${id},${text},"",0,0`).join('\r\n');
    const [, active, which = ''] = /^\+CGACT=([01]),(\d+)$/.exec(command) ?? [];
    if (active === '1') this.#active.add(which);
    if (active === '0') this.#active.delete(which);
    if (command === '+CGACT?')
      return [...this.contexts.keys()].map((id) => `+CGACT: ${id},${this.#active.has(id) ? 1 : 0}`).join('\r\n');
    const { ip } = this.#model;
    const [, question, id = ''] = /^\+(CGCONTRDP|UIPADDR)=(\d+)$/.exec(command) ?? [];
    if (ip && question === 'CGCONTRDP')
      return `+CGCONTRDP: ${id},5,"web.example","${ip.address}.${ip.netmask}","${ip.gateway}","${ip.gateway}"`;
    if (ip && question === 'UIPADDR') return `+UIPADDR: ${id},"ccinet0","${ip.gateway}","${ip.netmask}","",""`;
    return undefined;
  }
}
