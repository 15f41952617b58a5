// Names: who resolves them, by which link, with the proxy inside the daemon or beside it.

import { type DaemonOptions, inLab, type Lab } from './lab/lab';
import { ask, file, found, header, startBoth, throughProxy, wish } from './lab/names';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import type { ConnmanView } from './lab/view';

jest.setTimeout(60_000);

interface Form {
  readonly name: string;
  /** Starts the daemon, and what it needs to have a proxy. */
  start(lab: Lab): Promise<ConnmanView>;
}

const forms: readonly Form[] = [
  { name: 'hosted', start: (lab) => lab.startDaemon() },
  { name: 'as a program of its own', start: async (lab) => (await startBoth(lab)).connman },
];

for (const form of forms) {
  const { name, start } = form;

  onlyOurs(`${name}: the servers of a plugged link are in use when its service becomes ready`, () =>
    inLab(ours, async (lab) => {
      const network = await lab.network(wish('eth0', '10.77.1'));
      const connman = await start(lab);
      // It runs already and waits for a name: the question is out within a millisecond of the signal.
      const waiting = lab.start(['dig', '+short', '+tries=1', '+time=3', '@127.0.0.1', '-f', '-']);
      await network.plug();
      await connman.until('ready', () => /ready|online/.test(String(connman.serviceState('eth0'))));
      waiting.write('www.example\n');
      waiting.closeInput();
      await waiting.exited;
      expect(waiting.output.items[0]).toBe('10.77.1.1');
      expect(lab.machine.read(file)).toBe(throughProxy);
    }),
  );

  onlyOurs(`${name}: names move to the other link with the default route`, () =>
    inLab(ours, async (lab) => {
      const first = await lab.network(wish('eth0', '10.77.1'));
      const second = await lab.network(wish('eth1', '10.77.2'));
      await first.plug();
      const connman = await start(lab);
      await connman.untilOnline('eth0');
      await second.plug();
      await connman.untilReady('eth1');
      expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
      await first.unplug();
      await connman.untilOnline('eth1');
      // What was learned at the other server is not told any more.
      expect(await ask(lab, 'www.example')).toBe('10.77.2.1');
    }),
  );

  onlyOurs(`${name}: names below a link's domain are asked at its own server alone`, () =>
    inLab(ours, async (lab) => {
      const first = await lab.network(wish('eth0', '10.77.1', 'red.example'));
      const second = await lab.network(wish('eth1', '10.77.2', 'blue.example'));
      await first.plug();
      const connman = await start(lab);
      await connman.untilOnline('eth0');
      await second.plug();
      await connman.untilReady('eth1');
      expect(await ask(lab, 'www.blue.example')).toBe('10.77.2.1');
      expect(await ask(lab, 'www.red.example')).toBe('10.77.1.1');
      expect(await ask(lab, 'www.else.example')).toBe('10.77.1.1');
      const seen = ({ dhcp }: typeof first) =>
        dhcp.output.items.flatMap((line) => /query\[A\] (\S+example) /i.exec(line)?.[1]?.toLowerCase() ?? []);
      expect(seen(first)).toEqual(['www.red.example', 'www.else.example']);
      expect(seen(second)).toEqual(['www.blue.example']);
      expect(await lab.connmanctl('dns', 'query', 'www.blue.example')).toContain('blue.example');
    }),
  );

  onlyOurs(`${name}: connmanctl dns shows the servers, and tells who answered and why`, () =>
    inLab(ours, async (lab) => {
      const network = await lab.network(wish('eth0', '10.77.1'));
      await network.plug();
      const connman = await start(lab);
      await connman.untilReady('eth0');
      const told = await lab.connmanctl('dns', 'query', 'seen.example');
      expect(told).toMatch(
        /^seen\.example \d+ A 10\.77\.1\.1\nNOERROR from a server, 10\.77\.1\.1 \(eth0\) in [\d.]+ ms\n/,
      );
      expect(told).toContain('because: default: eth0');
      expect(await lab.connmanctl('dns')).toMatch(/eth0: default, .*\n {2}10\.77\.1\.1 port 53: \d+ of \d+ answered/);
    }),
  );

  onlyOurs(`${name}: in offline mode no one is asked, and names come back with the links`, () =>
    inLab(ours, async (lab) => {
      const network = await lab.network(wish('eth0', '10.77.1'));
      await network.plug();
      const connman = await start(lab);
      await connman.untilOnline('eth0');
      expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
      await lab.connmanctl('enable', 'offline');
      await connman.until('offline', () => connman.state === 'offline');
      expect(await ask(lab, 'www.example')).toBe('');
      await lab.connmanctl('disable', 'offline');
      await lab.connmanctl('enable', 'ethernet');
      await connman.untilReady('eth0');
      expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
    }),
  );

  onlyOurs(`${name}: any user may look at the proxy, and none may set it`, () =>
    inLab(ours, async (lab) => {
      const network = await lab.network(wish('eth0', '10.77.1'));
      await network.plug();
      const connman = await start(lab);
      await connman.untilReady('eth0');
      const nobody = { uid: 65534 };
      const send = ['dbus-send', '--system', '--print-reply', '--dest=net.connman.dnsproxy', '/net/connman/dnsproxy'];
      expect(await lab.machine.run([...send, 'net.connman.dnsproxy.Manager.GetStatistics'], nobody)).toContain(
        '10.77.1.1',
      );
      const set = [...send, 'net.connman.dnsproxy.Control.RetainLinks', 'array:uint32:11'];
      await expect(lab.machine.run(set, nobody)).rejects.toThrow(/AccessDenied|UnknownMethod/);
      const setThroughConnman = set.map((word) => word.replace('--dest=net.connman.dnsproxy', '--dest=net.connman'));
      await expect(lab.machine.run(setThroughConnman, nobody)).rejects.toThrow(/UnknownMethod|UnknownObject/);
    }),
  );

  onlyOurs(
    `${name}: no user but root empties the cache or asks what it holds, whichever name the call is sent to`,
    () =>
      inLab(ours, async (lab) => {
        const network = await lab.network(wish('eth0', '10.77.1'));
        await network.plug();
        const connman = await start(lab);
        await connman.untilReady('eth0');
        const manager = 'net.connman.dnsproxy.Manager';
        const members = [[`${manager}.Flush`], [`${manager}.Query`, 'string:www.example', 'string:A']];
        for (const destination of ['net.connman.dnsproxy', 'net.connman']) {
          const send = ['dbus-send', '--system', '--print-reply', `--dest=${destination}`, '/net/connman/dnsproxy'];
          for (const member of members) {
            const call = lab.machine.run([...send, ...member], { uid: 65534 });
            const outcome = await call.then(
              () => 'answered',
              (error: Error) => error.message,
            );
            expect([destination, member[0], outcome]).toEqual([
              destination,
              member[0],
              expect.stringMatching(/PermissionDenied|Unknown/),
            ]);
          }
        }
        expect(await lab.connmanctl('dns', 'query', 'www.example')).toContain('10.77.1.1');
        await lab.connmanctl('dns', 'flush');
      }),
  );

  onlyOurs(`${name}: at the end resolv.conf names the link's own servers, and is given back when no link is up`, () =>
    inLab(ours, async (lab) => {
      lab.machine.write(file, found);
      const network = await lab.network(wish('eth0', '10.77.1'));
      await network.plug();
      const connman = await start(lab);
      await connman.untilReady('eth0');
      expect(lab.machine.read(file)).toBe(throughProxy);
      await lab.stopDaemon();
      const own = `${header}search lab.example\nnameserver 10.77.1.1\n`;
      expect(lab.machine.read(file)).toBe(own);
      expect(await lab.resolve('www.example')).toBe('10.77.1.1');
      const again = await lab.startDaemon();
      // Never as it was found meanwhile: the servers stay until the proxy answers.
      expect([own, throughProxy]).toContain(lab.machine.read(file));
      await again.untilReady('eth0');
      await network.unplug();
      await again.until('idle', () => again.state === 'idle');
      await lab.stopDaemon();
      expect(lab.machine.read(file)).toBe(found);
    }),
  );
}

onlyOurs("private addresses are looked up at the router: a network's own hosts, and what lies behind it", () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({
      link: 'eth0',
      subnet: '10.77.1',
      dnsmasq: [
        '--host-record=printer.lab.example,10.77.1.9',
        '--ptr-record=9.1.99.10.in-addr.arpa,behind.lab.example',
        '--log-queries',
      ],
    });
    await network.plug();
    const connman = await lab.startDaemon();
    await connman.untilOnline('eth0');
    expect(await ask(lab, '-x', '10.77.1.9')).toBe('printer.lab.example.');
    expect(await ask(lab, '-x', '10.99.1.9')).toBe('behind.lab.example.');
  }),
);

describe('a name server whose address is of the link alone', () => {
  const direct = `${header}search lab.example\nnameserver fe80::53%eth0\n`;
  const options: readonly [name: string, options: DaemonOptions, written: string, given?: string][] = [
    ['is asked by the proxy', {}, throughProxy],
    ['is asked when the user names its link', {}, throughProxy, 'fe80::53%eth0'],
    ['is named with its link', { args: ['-r'] }, direct],
    ['is named with its link once when the user names it, too', { args: ['-r'] }, direct, 'fe80::53%eth0'],
  ];
  for (const [name, daemon, written, given = 'fe80::53'] of options) {
    onlyOurs(name, () =>
      inLab(ours, async (lab) => {
        const network = await lab.network(wish('eth0', '10.77.1'));
        await network.far.run('ip address add fe80::53/64 dev port nodad');
        await network.plug();
        const connman = await lab.startDaemon(daemon);
        await connman.untilOnline('eth0');
        // Nothing goes there while the kernel still asks whether another host has the link's own address.
        await lab.machine.kernel.until('an address of the link', () =>
          lab.machine.kernel.items.some((line) => /eth0 +inet6 fe80::\S+ scope link( proto kernel_ll)? *$/.test(line)),
        );
        const service = connman.service('eth0')?.path.split('/').pop() ?? '';
        await lab.connmanctl('config', service, '--nameservers', given);
        await connman.until(
          'the server in use',
          () => String(connman.service('eth0')?.properties.Nameservers) === given,
        );
        expect(lab.machine.read(file)).toBe(written);
        expect(await lab.resolve('www.example')).toBe('10.77.1.1');
        await network.dhcp.line(/query\[A\] www\.example from fe80::/i);
        if (daemon.args) return;
        expect(await lab.connmanctl('dns')).toMatch(/eth0: default, .*\n {2}fe80::53 port 53: \d+ of \d+ answered/);
      }),
    );
  }
});
