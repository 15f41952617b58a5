import type { Child } from '../netns/lab/child';
import { behave, type Far, inSite, type Site, startRogue } from './site';

async function withTwo(scenario: (site: Site, first: Child, second: Child, far: Far) => Promise<void>): Promise<void> {
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    await far.host.run('ip address add 10.77.1.3/24 dev port');
    await far.host.run('ip address add 10.77.1.66/24 dev port');
    const first = await startRogue(far);
    const second = await startRogue(far, '10.77.1.3');
    await site.startProxy('[Servers]\nInterface=eth0\nServers=10.77.1.1,10.77.1.3\n');
    await scenario(site, first, second, far);
  });
}

/** Milliseconds dig reports for one question. */
async function queryTime(site: Site, name: string): Promise<number> {
  const text = await site.machine.run(['dig', '+tries=1', '+time=7', '@127.0.0.1', name]);
  expect(text).toContain('192.0.2.1');
  return Number(/Query time: (\d+)/.exec(text)?.[1]);
}

test('a server that dies costs one short wait, and none when its machine says so; a living one takes over', async () => {
  await withTwo(async (site, first, second) => {
    for (let i = 0; i < 4; i++) await queryTime(site, `warm${i}.example`);
    await behave(first, 'silent');
    await behave(second, 'honest');
    const times: number[] = [];
    for (let i = 0; i < 6; i++) times.push(await queryTime(site, `silent${i}.example`));
    expect(Math.max(...times)).toBeLessThan(700);
    expect(times.filter((time) => time > 60).length).toBeLessThanOrEqual(1);
    await first.stop('SIGKILL');
    for (let i = 0; i < 4; i++) expect(await queryTime(site, `dead${i}.example`)).toBeLessThan(700);
  });
}, 60_000);

test('a server that lies about id, name or kind of message, or sends half of one, is not believed', async () => {
  await withTwo(async (site, first, second) => {
    await behave(first, 'lies');
    await behave(second, 'lies');
    for (let i = 0; i < 5; i++) expect(await site.dig(`lie${i}.example`)).toBe('192.0.2.1');
    const { servers } = (await site.statistics()) as { servers: { failures: { mismatch: number } }[] };
    expect(servers.reduce((sum, server) => sum + server.failures.mismatch, 0)).toBeGreaterThanOrEqual(15);
  });
}, 60_000);

test('an answer from another address is never heard', async () => {
  await withTwo(async (site, first, second) => {
    await behave(first, 'other-address 10.77.1.66');
    await behave(second, 'silent');
    for (let i = 0; i < 3; i++) expect(await site.dig(`stray${i}.example`)).toBe('192.0.2.1');
  });
}, 60_000);

test('an answer that comes late still counts', async () => {
  await withTwo(async (site, first, second) => {
    await behave(first, 'late 1500');
    await behave(second, 'silent');
    const time = await queryTime(site, 'late.example');
    expect(time).toBeGreaterThanOrEqual(1400);
    expect(time).toBeLessThan(3000);
  });
}, 60_000);

test('a server that lowers letters, and one that truncates, are asked over TCP', async () => {
  await withTwo(async (site, first, second) => {
    for (const behaviour of ['lower-case', 'truncates']) {
      await behave(first, behaviour);
      await behave(second, behaviour);
      expect(await site.dig(`a-name-with-letters.${behaviour}.example`)).toBe('192.0.2.1');
    }
  });
}, 60_000);

test('when all servers are silent the client is told, and what is in the cache is still answered', async () => {
  await withTwo(async (site, first, second) => {
    expect(await site.rcode('known.example')).toBe('NOERROR');
    await behave(first, 'silent');
    await behave(second, 'silent');
    expect(await site.rcode('unknown.example')).toBe('SERVFAIL');
    expect(await site.dig('known.example')).toBe('192.0.2.1');
  });
}, 60_000);

test('every question has a port and an id of its own, spread over the whole range; a crowd shares ports, not ids', async () => {
  await withTwo(async (site, first, second) => {
    const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
    const askedWith = async (name: string, outstanding: number) => {
      const heardBefore = [first, second].map(({ output }) => output.items.length);
      await site.machine.run(['sh', '-c', `for i in $(seq 120); do echo "${name}$i.example A"; done > /run/names`]);
      await site.machine.run(`dnsperf -s 127.0.0.1 -d /run/names -n 1 -q ${outstanding} -t 2`);
      const lines = [first, second].flatMap(({ output }, i) => output.items.slice(heardBefore[i]));
      const seen = lines.flatMap((line) => {
        const match = /^port (\d+) id (\d+)$/.exec(line);
        return match ? [{ port: Number(match[1]), id: Number(match[2]) }] : [];
      });
      expect(seen.length).toBeGreaterThanOrEqual(120);
      expect(new Set(seen.map(({ id }) => id)).size).toBeGreaterThan(seen.length * 0.98 - 2);
      expect(spread(seen.map(({ id }) => id))).toBeGreaterThan(45_000);
      return { asked: seen.length, ports: [...new Set(seen.map(({ port }) => port))] };
    };
    const few = await askedWith('few', 8);
    expect(few.ports.length).toBeGreaterThan(few.asked * 0.98 - 2);
    expect(spread(few.ports)).toBeGreaterThan(15_000);
    const crowd = await askedWith('crowd', 120);
    expect(crowd.ports.length).toBeGreaterThanOrEqual(crowd.asked / 16);
  });
}, 60_000);
