// What users of ConnMan, dnsmasq, unbound, systemd-resolved and musl reported: servers that are right but unusual, and names
// that must not go the ordinary way. Real servers where one behaves so, a rogue where none does.
import type { Child } from '../netns/lab/child';
import { behave, capture, type Far, inSite, type Site, startDnsmasq, startNsd, startRogue } from './site';

jest.setTimeout(60_000);

/** Milliseconds: without waiting for the end of a question's five seconds. */
const atOnce = 4000;

const toFar = '[Servers]\nInterface=eth0\nServers=10.77.1.1\n';

interface Reply {
  readonly rcode: string;
  readonly flags: readonly string[];
  /** Records of the answer section: owner, type and data. */
  readonly answers: readonly string[];
  readonly milliseconds: number;
}

/** One question by dig, one try. */
async function ask(site: Site, ...words: string[]): Promise<Reply> {
  const text = await site.machine.run(['dig', '+tries=1', '+time=7', '@127.0.0.1', ...words]);
  const [, section = ''] = /;; ANSWER SECTION:\n([^;]*)/.exec(text) ?? [];
  return {
    rcode: /status: (\w+)/.exec(text)?.[1] ?? '',
    flags: /flags: ([\w ]*);/.exec(text)?.[1]?.split(' ') ?? [],
    answers: section
      .split('\n')
      .flatMap((line) => /^(\S+)\s+\d+\s+IN\s+(.*)$/.exec(line)?.slice(1).join(' ').replaceAll('\t', ' ') ?? []),
    milliseconds: Number(/Query time: (\d+)/.exec(text)?.[1]),
  };
}

/** A machine whose one server is a rogue. */
const withRogue = (scenario: (site: Site, server: Child) => Promise<void>, ...options: 'udp-only'[]) =>
  inSite(async (site) => {
    const server = await startRogue(await site.far('eth0', '10.77.1'), '10.77.1.1', ...options);
    await site.startProxy(toFar);
    await scenario(site, server);
  });

/** A machine whose one server is an NSD for corpus.test. */
const withNsd = (scenario: (site: Site, far: Far) => Promise<void>, nsdSettings = '', proxySettings = '') =>
  inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    await startNsd(far.host, far.address, 53, nsdSettings);
    await site.startProxy(`${toFar}${proxySettings}`);
    await scenario(site, far);
  });

const record = (name: string, type: string, data: unknown) => ({ name, type, ttl: 60, data });
const tells = (answers: readonly object[], flags = 0) => `tells ${JSON.stringify({ answers, flags })}`;

test('records count in whatever order a server sends them, and come out in the order of their aliases (RFC 2181 section 5)', () =>
  withRogue(async (site, server) => {
    const [first, second] = [record('@', 'CNAME', 'b.example'), record('b.example', 'CNAME', 'c.example')];
    const address = record('c.example', 'A', '192.0.2.9');
    const rule = record('above.example', 'DNAME', 'below.example');
    const followed = [record('@', 'CNAME', 'x.below.example'), record('x.below.example', 'A', '192.0.2.8')];
    for (const [index, order] of [
      [address, first, second],
      [second, address, first],
      [address, second, first],
    ].entries()) {
      await behave(server, tells(order));
      const { answers } = await ask(site, `order${index}.example`);
      expect(answers).toEqual([
        `order${index}.example. CNAME b.example.`,
        'b.example. CNAME c.example.',
        'c.example. A 192.0.2.9',
      ]);
    }
    await behave(server, tells([...followed, rule]));
    const { answers } = await ask(site, 'x.above.example');
    expect([...answers].sort()).toEqual([
      'above.example. DNAME below.example.',
      'x.above.example. CNAME x.below.example.',
      'x.below.example. A 192.0.2.8',
    ]);
  }));

test('names come back in the letters of the client, in owners and in targets (RFC 4343 section 4.1)', () =>
  withNsd(async (site) => {
    for (const question of ['fleet MX', 'alias A', 'x.dname A', '_sip._tcp SRV']) {
      const [label, type = ''] = question.split(' ');
      const { answers } = await ask(site, `${label}.corpus.test`, type);
      const names = answers.map((answer) => answer.replace(/ [A-Z]+ /, ' '));
      expect(names.length).toBeGreaterThan(0);
      expect(names).toEqual(names.map((text) => text.toLowerCase()));
    }
  }));

test('local, onion, invalid and alt do not exist, and are asked of no server; test and home.arpa are', () =>
  inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    const server = await startDnsmasq(far.host, ['/#/192.0.2.1']);
    await site.startProxy(toFar);
    // nss-mdns asks for the first one, and leaves .local to the server when it exists.
    for (const words of [['local', 'SOA'], ['printer.local'], ['x.onion'], ['x.invalid'], ['x.alt']])
      expect([words, (await ask(site, ...words)).rcode]).toEqual([words, 'NXDOMAIN']);
    // Names that exist, without such data: discovery of encrypted servers (RFC 9462), and what a PTR lies below (RFC 8020).
    for (const words of [
      ['_dns.resolver.arpa', 'TYPE64'],
      ['0.0.127.in-addr.arpa', 'PTR'],
    ])
      expect([words, await ask(site, ...words)]).toEqual([
        words,
        expect.objectContaining({ rcode: 'NOERROR', answers: [] }),
      ]);
    expect(await site.dig('www.test')).toBe('192.0.2.1');
    expect(await site.dig('printer.home.arpa')).toBe('192.0.2.1');
    const asked = server.output.items.flatMap((line) => /query\[\w+\] (\S+) /.exec(line)?.[1]?.toLowerCase() ?? []);
    expect([...new Set(asked)].sort()).toEqual(['printer.home.arpa', 'www.test']);
  }));

describe('a single word with search domains', () => {
  test('that has an IPv4 address alone exists for AAAA as well, for a C library too (RFC 2308 section 2.2)', () =>
    withNsd(
      async (site) => {
        expect(await ask(site, 'mail', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
        expect((await ask(site, 'mail', 'A')).answers).toEqual(['mail. A 192.0.2.25']);
        site.machine.write('/run/connman/resolv.conf', 'nameserver 127.0.0.1\n');
        expect(await site.machine.run('getent ahosts mail')).toMatch(/^192\.0\.2\.25 +STREAM mail$/m);
      },
      '',
      'Domains=corpus.test\n',
    ));

  test('is not said to be none because a server refuses one of the domains, now or later', () =>
    withNsd(
      async (site) => {
        // NSD refuses names of zones that it does not have.
        expect((await ask(site, 'mail')).answers).toEqual(['mail. A 192.0.2.25']);
        for (let i = 0; i < 2; i++) expect((await ask(site, 'nowhere')).rcode).toBe('SERVFAIL');
      },
      '',
      'Domains=refused.example,corpus.test\n',
    ));

  test('is found in the second domain although the server of the first is silent', () =>
    inSite(async (site) => {
      const [slow, quick] = [await site.far('eth0', '10.77.1'), await site.far('eth1', '10.77.2')];
      await behave(await startRogue(slow), 'silent');
      await startNsd(quick.host, quick.address);
      const groups = ['[Servers a]\nInterface=eth0\nServers=10.77.1.1\nDomains=slow.example\n'];
      groups.push('[Servers b]\nInterface=eth1\nServers=10.77.2.1\nDomains=corpus.test\nDefault=true\n');
      await site.startProxy(groups.join(''));
      const { answers, milliseconds } = await ask(site, 'mail');
      expect(answers).toEqual(['mail. A 192.0.2.25']);
      expect(milliseconds).toBeLessThan(atOnce);
    }));

  test('carries neither AD nor signatures, which are of the longer name (RFC 4035 section 3.2.3)', () =>
    inSite(async (site) => {
      const server = await startRogue(await site.far('eth0', '10.77.1'));
      await site.startProxy(`${toFar}Domains=home.example\n`);
      const signature = { typeCovered: 'A', algorithm: 13, labels: 3, originalTTL: 60, expiration: 2_000_000_000 };
      const rest = { inception: 1_700_000_000, keyTag: 1, signersName: 'home.example', signature: Buffer.alloc(64) };
      const answers = [record('@', 'A', '192.0.2.5'), record('@', 'RRSIG', { ...signature, ...rest })];
      await behave(server, tells(answers, 0x20));
      const short = await ask(site, '+dnssec', 'printer');
      expect(short.answers).toEqual(['printer. A 192.0.2.5']);
      expect(short.flags).not.toContain('ad');
      const whole = await ask(site, '+dnssec', 'printer.home.example');
      expect(whole.answers.map((answer) => answer.split(' ')[1])).toEqual(['A', 'RRSIG']);
    }));
});

test('an answer is not truncated for the records beside it, from the server or the cache (RFC 2181 section 9)', () =>
  withNsd(async (site) => {
    const whole = await site.machine.run('dig +tcp +tries=1 @127.0.0.1 fleet.corpus.test MX');
    expect(Number(/ADDITIONAL: (\d+)/.exec(whole)?.[1])).toBeGreaterThan(40);
    for (const size of ['+bufsize=512', '+noedns', '+bufsize=512']) {
      const { answers, flags } = await ask(site, '+ignore', size, 'fleet.corpus.test', 'MX');
      expect([size, answers.length, flags]).toEqual([size, 5, expect.not.arrayContaining(['tc'])]);
    }
    expect((await ask(site, '+ignore', '+bufsize=512', 'large.corpus.test')).flags).toContain('tc');
  }));

test('a server that closes its connection after each answer loses none of twenty questions (RFC 7766 section 6.2.4)', () =>
  withNsd(async (site, { host }) => {
    const connections = await capture(host, 'tcp dst port 53 and tcp[tcpflags] == tcp-syn');
    site.machine.write('/run/names', Array.from({ length: 20 }, (_, i) => `n${i}.big.corpus.test TXT\n`).join(''));
    const told = await site.machine.run('dnsperf -s 127.0.0.1 -d /run/names -n 1 -q 20 -t 6');
    expect(told).toMatch(/Queries completed: +20 /);
    expect(told).toMatch(/Response codes: +NOERROR 20 /);
    const isSyn = (line: string) => line.includes('Flags [S]');
    await connections.output.until('twenty connections', () => connections.output.items.filter(isSyn).length >= 20);
  }, ' ipv4-edns-size: 512\n tcp-query-count: 1'));

test('a server that changes letters and has no TCP is asked without random letters from then on', () =>
  withRogue(async (site, server) => {
    await behave(server, 'lower-case');
    expect(await site.dig('a-name-with-many-letters.example')).toBe('192.0.2.1');
    const { answers, milliseconds } = await ask(site, 'another-name-with-letters.example');
    expect(answers).toEqual(['another-name-with-letters.example. A 192.0.2.1']);
    expect(milliseconds).toBeLessThan(atOnce);
  }, 'udp-only'));

test('servers that refuse or drop EDNS are asked without it (RFC 6891 section 6.2.2)', () =>
  inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    const ways = ['1', '2', '4', '5', 'drop'];
    const groups: string[] = [];
    for (const [index, way] of ways.entries()) {
      const address = `10.77.1.${10 + index}`;
      await far.host.run(`ip address add ${address}/24 dev port`);
      await behave(await startRogue(far, address), `without-edns ${way}`);
      groups.push(`[Servers ${index}]\nInterface=eth0\nServers=${address}\nDomains=~by-${way}.example\n`);
    }
    await site.startProxy(groups.join(''));
    for (const way of ways) {
      const { answers, milliseconds } = await ask(site, `www.by-${way}.example`);
      expect(answers).toEqual([`www.by-${way}.example. A 192.0.2.1`]);
      expect(milliseconds).toBeLessThan(atOnce);
    }
  }));

test('answers with an octet or a count too much, and half a record with TC, are of use at once', () =>
  withRogue(async (site, server) => {
    for (const form of ['extra-octet', 'extra-count', 'half-record']) {
      await behave(server, form);
      const { answers, milliseconds } = await ask(site, `${form}.example`);
      expect(answers).toEqual([`${form}.example. A 192.0.2.1`]);
      expect(milliseconds).toBeLessThan(atOnce);
    }
  }));
