/** Ports that ask for 802.1X: the engine and the driver of wired authentication, which it loads for the first of them. */
import { Secret } from '@connman/base';
import { cable, type TechnologyCommand, type TechnologyDriver, type TechnologyEvent } from '@connman/contracts';
import type { Provision } from '../../src/model/service/provision';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

/** Keeps what it is told; the test says what comes of it. */
class ScriptedAuthenticator implements TechnologyDriver {
  readonly name = 'ethernet';
  readonly type = 'ethernet';
  readonly commands: TechnologyCommand[] = [];
  private listener: (event: TechnologyEvent) => void = () => {};

  start(): void {}
  close(): void {}

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  command(command: TechnologyCommand): void {
    this.commands.push(command);
  }

  get attempt(): number {
    const last = this.commands.findLast((command) => command.kind === 'associate');
    return last?.attempt ?? 0;
  }

  authorised(ifindex: number): void {
    const link = { kind: 'up', attempt: this.attempt, ifindex } as const;
    this.listener({ kind: 'networks', changed: [{ ...cable(ifindex), link }], gone: [] });
  }

  idle(ifindex: number, reason?: string): void {
    const loss = reason !== undefined && ({ loss: { cause: 'by-peer', reason } } as const);
    const link = { kind: 'idle', ...loss } as const;
    this.listener({ kind: 'networks', changed: [{ ...cable(ifindex), link }], gone: [] });
  }

  refused(ifindex: number): void {
    const { attempt } = this;
    this.idle(ifindex);
    const event = { kind: 'failed', network: cable(ifindex).id, attempt } as const;
    this.listener({ ...event, error: 'auth-failed', reason: 'the server refused the password' });
  }
}

function desk(bench: Bench, password: string | undefined = 'wonderland'): Provision {
  return {
    ...{ file: 'office', ident: 'desk', type: 'ethernet' },
    settings: {
      ...{ ipv4: { method: 'dhcp' }, ipv6: { method: 'auto', privacy: 'disabled' } },
      ...{ nameservers: [], timeservers: [], domains: [], mdns: false },
    },
    access: {
      eap: {
        ...{ method: 'peap', identity: 'alice', phase2: 'MSCHAPV2' },
        ...(password !== '' && { password: bench.secrets.keep(new Secret(password)) }),
      },
    },
  };
}

function begin(...provisions: readonly ((bench: Bench) => Provision)[]) {
  const bench = new Bench();
  const driver = new ScriptedAuthenticator();
  let loads = 0;
  bench.daemon.drivers.addOnDemand('ethernet', () => {
    loads++;
    return driver;
  });
  const eth0 = bench.addLink('eth0');
  if (provisions.length > 0)
    bench.daemon.dispatch({ kind: 'provisions', provisions: provisions.map((make) => make(bench)) });
  bench.start();
  bench.advance(100);
  return { bench, driver, eth0, loads: () => loads };
}

const kindsOf = (driver: ScriptedAuthenticator) => driver.commands.map(({ kind }) => kind);
const error = (bench: Bench) => bench.service('eth0')?.error;

test('a cable whose service has no EAP settings needs no driver', () => {
  const { bench, eth0, loads } = begin();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.state('eth0')).toBe('online');
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  expect(loads()).toBe(0);
});

test('no server is asked for an address before the port is authorised', () => {
  const { bench, driver, eth0 } = begin(desk);
  expect(kindsOf(driver)).toEqual(['associate']);
  expect(driver.commands[0]).toMatchObject({
    profile: { eap: { identity: 'alice', password: new Secret('wonderland') } },
  });
  bench.advance(20_000);
  expect([bench.state('eth0'), bench.dhcp.running.size]).toEqual(['association', 0]);
  driver.authorised(eth0);
  expect([...bench.dhcp.running.keys()]).toEqual([eth0]);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.state('eth0')).toBe('online');
});

test('a password that the server refuses is the error of the service, and is tried again', () => {
  const { bench, driver, eth0 } = begin(desk);
  driver.refused(eth0);
  expect([bench.state('eth0'), error(bench), bench.dhcp.running.size]).toEqual(['failure', 'auth-failed', 0]);
  bench.advance(15_000);
  expect(kindsOf(driver)).toEqual(['associate', 'associate']);
  driver.authorised(eth0);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect([bench.state('eth0'), error(bench)]).toEqual(['online', '']);
});

test('an account that the server refuses again and again is tried ever less often, but at once when its user does something', () => {
  const { bench, driver, eth0 } = begin(desk);
  const attempts = () => driver.commands.filter(({ kind }) => kind === 'associate').length;
  const refusedFor = (seconds: number) => {
    const before = attempts();
    for (let i = 0; i < seconds; i++) {
      if (bench.state('eth0') === 'association') driver.refused(eth0);
      bench.advance(1000);
    }
    return attempts() - before;
  };
  // After 2, 6, 14, 30, 62, 126, 254 and 510 s, and then every five minutes.
  expect([refusedFor(600), refusedFor(3000)]).toEqual([8, 10]);
  const atOnce = (act: () => void) => {
    const before = attempts();
    act();
    bench.advance(10);
    expect(attempts()).toBe(before + 1);
    driver.refused(eth0);
  };
  atOnce(() => bench.ask({ kind: 'connect', service: bench.idOf('eth0') }));
  refusedFor(600);
  atOnce(() => bench.ask({ kind: 'clear-error', service: bench.idOf('eth0') }));
  refusedFor(600);
  atOnce(() => bench.daemon.dispatch({ kind: 'provisions', provisions: [desk(bench, 'wonderland')] }));
  refusedFor(600);
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  atOnce(() => bench.kernel.plug(eth0, true));
});

test('a port that loses its authorisation has no address until it is authorised again', () => {
  const { bench, driver, eth0 } = begin(desk);
  driver.authorised(eth0);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  driver.idle(eth0, 'the server refused the password');
  bench.advance(100);
  expect([bench.state('eth0'), bench.addresses('eth0'), driver.attempt]).toEqual(['association', [], 2]);
  driver.authorised(eth0);
  expect(bench.dhcp.running.size).toBe(1);
});

test('the driver leaves a cable that is pulled out, and authenticates it when it is put in again', () => {
  const { bench, driver, eth0 } = begin(desk);
  driver.authorised(eth0);
  bench.kernel.plug(eth0, false);
  bench.advance(100);
  expect(kindsOf(driver)).toEqual(['associate', 'dissociate']);
  // What was on its way then says nothing of a cable that is not in.
  driver.idle(eth0);
  expect(bench.service('eth0')).toBeUndefined();
  bench.kernel.plug(eth0, true);
  bench.advance(100);
  expect(kindsOf(driver)).toEqual(['associate', 'dissociate', 'associate']);
  expect(bench.dhcp.running.size).toBe(0);
});

test('a service is authenticated as soon as its file says so, and goes on without when the file has gone', () => {
  const { bench, driver, eth0 } = begin();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  bench.daemon.dispatch({ kind: 'provisions', provisions: [desk(bench)] });
  bench.advance(100);
  expect([bench.state('eth0'), kindsOf(driver), bench.dhcp.running.size]).toEqual(['association', ['associate'], 0]);
  driver.authorised(eth0);
  bench.daemon.dispatch({ kind: 'provisions', provisions: [] });
  bench.advance(100);
  expect(kindsOf(driver)).toEqual(['associate', 'associate']);
  expect(driver.commands[1]).not.toHaveProperty('profile.eap');
  driver.authorised(eth0);
  expect(bench.dhcp.running.size).toBe(1);
});

test('what a former run left on an authorised port stands until it is authorised again, and goes if it is not', () => {
  const { bench, driver, eth0 } = begin(desk);
  driver.authorised(eth0);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  const restart = () => {
    bench.kill();
    bench.daemon = bench.newDaemon();
    bench.daemon.drivers.addOnDemand('ethernet', () => driver);
    bench.daemon.dispatch({ kind: 'provisions', provisions: [desk(bench)] });
    bench.start();
    bench.advance(1000);
  };
  restart();
  expect([bench.state('eth0'), bench.addresses('eth0')]).toEqual(['association', ['10.0.0.5/24']]);
  driver.authorised(eth0);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect([bench.state('eth0'), bench.addresses('eth0')]).toEqual(['online', ['10.0.0.5/24']]);
  restart();
  driver.refused(eth0);
  bench.advance(100);
  expect([bench.state('eth0'), bench.addresses('eth0')]).toEqual(['failure', []]);
});

test('a password that the file does not say is asked for when a user connects', () => {
  const { bench, driver, eth0 } = begin((one) => desk(one, ''));
  expect([bench.state('eth0'), kindsOf(driver)]).toEqual(['idle', []]);
  bench.agentGives('wonderland');
  bench.ask({ kind: 'connect', service: bench.idOf('eth0') });
  bench.advance(100);
  expect(bench.asked).toEqual([['Passphrase']]);
  expect(driver.commands[0]).toMatchObject({ profile: { eap: { password: new Secret('wonderland') } } });
  driver.authorised(eth0);
  expect(bench.dhcp.running.size).toBe(1);
});

test('a machine without the part says so in place of the address', () => {
  const bench = new Bench();
  bench.daemon.drivers.addOnDemand('ethernet', () => undefined);
  bench.addLink('eth0');
  bench.daemon.dispatch({ kind: 'provisions', provisions: [desk(bench)] });
  bench.start();
  bench.advance(100);
  expect([bench.state('eth0'), error(bench)]).toEqual(['failure', 'connect-failed']);
  expect(bench.done('log').join('\n')).toContain('(wired) is not installed');
});
