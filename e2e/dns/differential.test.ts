import { decode } from 'dns-packet';
import type { Child } from '../netns/lab/child';
import { repository } from '../netns/lab/host';
import { inSite, serverEnvironment, serverProgram, startDnsmasq, startNsd } from './site';

const questions: readonly [string, number][] = [
  ...[6, 2, 15, 16, 257, 43].map((type): [string, number] => ['corpus.test', type]),
  ['www.corpus.test', 1],
  ['www.corpus.test', 28],
  ['www.corpus.test', 65],
  ['www.corpus.test', 15],
  ['svc.corpus.test', 64],
  ['_sip._tcp.corpus.test', 33],
  ['naptr.corpus.test', 35],
  ['ptr.corpus.test', 12],
  ['alias.corpus.test', 1],
  ['alias.corpus.test', 5],
  ['chain1.corpus.test', 28],
  ['dangling.corpus.test', 1],
  ['x.dname.corpus.test', 1],
  ['tlsa.corpus.test', 52],
  ['hinfo.corpus.test', 13],
  ['rp.corpus.test', 17],
  ['loc.corpus.test', 29],
  ['sshfp.corpus.test', 44],
  ['unknown.corpus.test', 65_400],
  ['empty.non.terminal.corpus.test', 1],
  ['non.terminal.corpus.test', 1],
  ['a.b.wild.corpus.test', 1],
  ['MiXeD.corpus.test', 1],
  ['large.corpus.test', 1],
  ['huge.corpus.test', 16],
  ['nowhere.corpus.test', 1],
  ['elsewhere.example', 1],
];

interface Form {
  readonly title: string;
  readonly transport: 'udp' | 'tcp';
  readonly udpSize?: number;
  readonly dnssecOk?: boolean;
  readonly flags?: number;
}

const forms: readonly Form[] = [
  { title: 'plain', transport: 'udp' },
  { title: 'EDNS 4096', transport: 'udp', udpSize: 4096 },
  { title: 'DO', transport: 'udp', udpSize: 4096, dnssecOk: true },
  { title: 'CD and AD', transport: 'udp', udpSize: 1232, flags: 0x0130 },
  { title: 'TCP', transport: 'tcp' },
];

function compose([name, type]: [string, number], form: Form, id: number): string {
  const octets = [id >> 8, id & 255, ...word(form.flags ?? 0x0100), 0, 1, 0, 0, 0, 0, 0, form.udpSize ? 1 : 0];
  for (const label of name.split('.')) octets.push(label.length, ...Buffer.from(label));
  octets.push(0, ...word(type), 0, 1);
  if (form.udpSize) octets.push(0, 0, 41, ...word(form.udpSize), 0, 0, form.dnssecOk ? 0x80 : 0, 0, 0, 0);
  return Buffer.from(octets).toString('hex');
}

const word = (value: number) => [value >> 8, value & 255];

/** What must be the same: all but what RFC 1035, 2181 and 6891 let a forwarder change (AA, RA, TTLs, OPT, order, letters). */
function essence(hex: string, whole: string): unknown {
  if (hex === '') return 'no answer';
  const packet = decode(Buffer.from(hex, 'hex'));
  const section = (records: readonly { type: string; name: string; data: unknown }[]) =>
    records
      .filter((record) => record.type !== 'OPT')
      .map(({ name, type, data }) => `${name.toLowerCase()} ${type} ${JSON.stringify(data).toLowerCase()}`)
      .sort();
  // A truncated answer may hold anything or nothing.
  if (packet.flag_tc) return { whole, truncated: true, rcode: packet.rcode };
  return {
    whole,
    id: packet.id,
    rcode: packet.rcode,
    question: packet.questions,
    answers: section(packet.answers),
    authorities: section(packet.authorities),
  };
}

async function asker(start: (argv: string[]) => Child) {
  const child = start([process.execPath, `${repository}/e2e/dns/ask.mjs`]);
  let seen = 0;
  return async (server: string, port: number, transport: string, message: string): Promise<string> => {
    child.write(`${JSON.stringify({ server, port, transport, message })}\n`);
    const index = seen++;
    const line = await child.output.until('an answer', () => child.output.items[index]);
    return (JSON.parse(line) as { answer: string }).answer;
  };
}

/** Every question in every form, asked directly, through the proxy, and again from its cache. */
async function compare(upstream: 'nsd' | 'unbound' | 'dnsmasq'): Promise<void> {
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    if (upstream === 'nsd') await startNsd(far.host, far.address);
    else {
      await startNsd(far.host, '127.0.0.9', 5300);
      if (upstream === 'dnsmasq') {
        await startDnsmasq(far.host, [], ['--server=127.0.0.9#5300', '--cache-size=0', '--edns-packet-max=4096']);
      } else {
        far.host.write(
          '/run/unbound.conf',
          `server:\n interface: ${far.address}\n access-control: 0.0.0.0/0 allow\n do-daemonize: no\n username: ""\n chroot: ""\n directory: "/run"\n pidfile: ""\n use-syslog: no\n module-config: "iterator"\n do-not-query-localhost: no\n local-zone: "test." nodefault\nremote-control:\n control-enable: no\nstub-zone:\n name: "corpus.test"\n stub-addr: 127.0.0.9@5300\nforward-zone:\n name: "."\n forward-addr: 127.0.0.9@5300\n`,
        );
        const unbound = far.host.start([serverProgram('unbound'), '-d', '-c', '/run/unbound.conf'], {
          env: serverEnvironment,
        });
        await unbound.line(/start of service/);
      }
    }
    await site.startProxy(`[Servers]\nInterface=eth0\nServers=${far.address}\nDomains=~test\nDefault=true\n`);
    const ask = await asker((argv) => site.machine.start(argv));
    let compared = 0;
    for (const form of forms) {
      for (const [index, question] of questions.entries()) {
        const message = compose(question, form, 1000 + index);
        const whole = `${question.join(' ')} (${form.title})`;
        const direct = essence(await ask(far.address, 53, form.transport, message), whole);
        const answer = await ask('127.0.0.1', 53, form.transport, message);
        // A resolver gives CD back (RFC 4035 section 3.2.2); an authoritative server need not.
        expect(decode(Buffer.from(answer, 'hex')).flag_cd).toBe(((form.flags ?? 0) & 0x10) !== 0);
        const missed = essence(answer, whole);
        const cached = essence(await ask('127.0.0.1', 53, form.transport, message), whole);
        const isCutHere =
          JSON.stringify(missed).includes('"truncated"') && JSON.stringify(direct).includes('"truncated"');
        if (!isCutHere) expect(missed).toEqual(direct);
        expect(cached).toEqual(missed);
        compared++;
      }
    }
    expect(compared).toBe(questions.length * forms.length);
    expect(Number((await site.statistics()).hits)).toBeGreaterThan(questions.length);
  });
}

test('answers through the proxy are those of a strict authoritative server', () => compare('nsd'), 120_000);
test('answers through the proxy are those of unbound', () => compare('unbound'), 120_000);
test('answers through the proxy are those of dnsmasq', () => compare('dnsmasq'), 120_000);
