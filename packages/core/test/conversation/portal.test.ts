/** Portals: a user who logs in, one who will not, and portals that take a name and a password without a browser (WISPr). */
import { Secret } from '@connman/base';
import { agentErrors } from '@connman/contracts';
import type { AgentAnswer, AgentAsk } from '../../src/model/agent/ask';
import type { CheckOutcome } from '../../src/model/online/online-machine';
import type { LoginOutcome, LoginRequest } from '../../src/model/online/portal-login';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

const page = 'http://portal.test/';
const form = { url: 'https://portal.test/login' };
const canceled: AgentAnswer = { kind: 'error', name: agentErrors.canceled };

/** A machine behind a portal that takes name and password; the agent answers as the test says, in turn. */
function behindPortal(outcome: CheckOutcome, answers: readonly AgentAnswer[] = []) {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const asks: AgentAsk[] = [];
  const logins: LoginRequest[] = [];
  let results: LoginOutcome[] = [];
  const rest = [...answers];
  bench.internet = outcome;
  bench.logIn = (login, done) => {
    logins.push(login);
    const [result = { kind: 'failed', reason: 'no more' } as const, ...others] = results;
    results = others;
    bench.clock.setTimer(10, () => done(result));
  };
  bench.start();
  bench.registerAgent((ask, answer) => {
    asks.push(ask);
    const next = rest.shift();
    if (next) answer(next);
  });
  return {
    bench,
    logins,
    asked: () => asks.map(({ member }) => member),
    asks,
    /** The portal answers the logins so, one after the other. */
    portalSays: (...outcomes: LoginOutcome[]) => {
      results = outcomes;
    },
    plug: () => {
      bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { leaseSeconds: 86_400 }));
      bench.advance(200);
    },
    credentials: (): AgentAnswer => ({
      kind: 'reply',
      input: { identity: 'guest', passphrase: bench.secrets.keep(new Secret('sesame')) },
    }),
  };
}

const withForm: CheckOutcome = { kind: 'portal', url: page, login: form };

test('a portal that takes name and password is asked for with both fields, and is online right after the login (rule 133)', () => {
  const { bench, plug, logins, asks, portalSays, credentials } = behindPortal(withForm);
  bench.registerAgent();
  portalSays({ kind: 'accepted' });
  let login = () => {};
  bench.registerAgent((ask, answer) => {
    asks.push(ask);
    login = () => answer(credentials());
  });
  plug();
  expect(asks).toEqual([
    expect.objectContaining({
      member: 'RequestInput',
      fields: [
        { name: 'Username', type: 'string', requirement: 'mandatory' },
        { name: 'Password', type: 'passphrase', requirement: 'mandatory' },
      ],
    }),
  ]);
  bench.internet = { kind: 'online' };
  login();
  bench.advance(100);
  expect(logins).toMatchObject([{ username: 'guest', form, origin: 'http://ipv4.check.test/' }]);
  expect(bench.state('eth0')).toBe('online');
});

test('name and password that the portal refuses are asked for three times, then the page is for a browser', () => {
  const wrong = { kind: 'refused', reason: 'wrong password' } as const;
  const { bench, plug, asked, logins, portalSays, asks } = behindPortal(withForm);
  portalSays(wrong, wrong, wrong);
  bench.registerAgent((ask, answer) => {
    asks.push(ask);
    const passphrase = bench.secrets.keep(new Secret('wrong'));
    if (ask.member === 'RequestInput') answer({ kind: 'reply', input: { identity: 'guest', passphrase } });
  });
  plug();
  expect(asked()).toEqual(['RequestInput', 'RequestInput', 'RequestInput', 'RequestBrowser']);
  expect(logins).toHaveLength(3);
});

test('an agent that would rather have a browser gets the page (LaunchBrowser)', () => {
  const { plug, asks, logins } = behindPortal(withForm, [{ kind: 'error', name: agentErrors.launchBrowser }]);
  plug();
  expect(asks.map((ask) => (ask.member === 'RequestBrowser' ? ask.url : ask.member))).toEqual(['RequestInput', page]);
  expect(logins).toEqual([]);
});

test('a login that fails otherwise leaves the page to a browser', () => {
  const { bench, plug, asked, portalSays, asks, credentials } = behindPortal(withForm);
  portalSays({ kind: 'failed', reason: 'certificate has expired' });
  bench.registerAgent((ask, answer) => {
    asks.push(ask);
    if (ask.member === 'RequestInput') answer(credentials());
  });
  plug();
  expect(asked()).toEqual(['RequestInput', 'RequestBrowser']);
});

test('a user who will not give name and password is asked no more, and the portal is not checked any more', () => {
  const { bench, plug, asked } = behindPortal(withForm, [canceled]);
  plug();
  const { length } = bench.checks;
  bench.advance(60 * 60_000);
  expect(asked()).toEqual(['RequestInput']);
  expect(bench.checks).toHaveLength(length);
});

test('while the page is shown the portal is checked each second, for five minutes', () => {
  const { bench, plug } = behindPortal({ kind: 'portal', url: page });
  plug();
  const before = bench.checks.length;
  bench.advance(60_000);
  expect(bench.checks.length - before).toBeGreaterThan(55);
  bench.advance(60 * 60_000);
  expect(bench.checks.length).toBeLessThan(350);
});

test('a login by any other way is noticed within two seconds, and remembered answers of DNS are dropped', () => {
  const { bench, plug } = behindPortal({ kind: 'portal', url: page });
  plug();
  bench.advance(100_000);
  bench.done();
  bench.internet = { kind: 'online' };
  bench.advance(2_000);
  expect(bench.state('eth0')).toBe('online');
  expect(bench.done('dns-flush')).toEqual(['dns-flush']);
});

test('a session with an end is checked after it, and the portal comes in the way again', () => {
  const { bench, plug, asked } = behindPortal({ kind: 'online', sessionMs: 3_600_000 });
  plug();
  expect(bench.state('eth0')).toBe('online');
  bench.internet = { kind: 'portal', url: page };
  bench.advance(3_500_000);
  expect([bench.state('eth0'), asked()]).toEqual(['online', []]);
  bench.advance(120_000);
  expect([bench.state('eth0'), asked()]).toEqual(['ready', ['RequestBrowser']]);
});

test('the API that the lease names is part of the path of the check (RFC 8910 option 114)', () => {
  const { bench } = behindPortal({ kind: 'online' });
  const eth1 = bench.addLink('eth1');
  const captivePortalUrl = 'https://portal.test/api';
  bench.dhcp.bound(eth1, leaseOf('10.0.0.6', { captivePortalUrl }));
  bench.advance(200);
  expect(bench.checks.map(({ portalApi }) => portalApi)).toEqual([captivePortalUrl]);
});
