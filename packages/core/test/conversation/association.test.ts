/**
 * What clients are told of an attempt to join that does not succeed, through the real Wi-Fi driver and a scripted wpa_supplicant
 * or iwd: a wrong passphrase is called one, and nothing else ever is.
 */
import type { MacAddress } from '@connman/inet';
import type { AccessPoint, ApSecurity, ApTrouble } from '@connman/testkit';
import { joinStates, rightKey, seemsWrongKey, statuses } from '../simulation/wireless-faults';
import { accessPoint, type BackEndName, WirelessMachine } from '../simulation/wireless-machine';

const backEnds = ['supplicant', 'iwd'] as const;

/** Error of the service after Connect, with the given passphrase, at an access point that behaves so. */
async function errorOf(
  backEnd: BackEndName,
  security: ApSecurity,
  passphrase: string,
  trouble?: ApTrouble,
): Promise<string | undefined> {
  const machine = new WirelessMachine(backEnd);
  const { bench, air } = machine;
  const home: AccessPoint = accessPoint({
    ...{ ssid: 'Home', security, passphrase: rightKey, bssid: '02:00:00:00:01:00' as MacAddress },
  });
  air.add(home);
  machine.start();
  await machine.pass(500);
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  while (bench.serviceOfName('Home') === undefined) await machine.pass(100);
  home.trouble = trouble;
  bench.agentGives(passphrase);
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  const errors = new Set<string>();
  bench.onTurn = () => errors.add(bench.serviceOfName('Home')?.error ?? '');
  for (let passed = 0; passed < 60_000 && errors.size < 2; passed += 500) await machine.pass(500);
  machine.close();
  return [...errors].find((error) => error !== '');
}

test.each(backEnds)('with %s a wrong passphrase is invalid-key, whatever the security', async (backEnd) => {
  for (const security of ['psk', 'transition', 'sae'] as const) {
    expect([security, await errorOf(backEnd, security, 'wrong horse')]).toEqual([security, 'invalid-key']);
  }
});

test.each(backEnds)(
  'with %s no status is a wrong passphrase',
  async (backEnd) => {
    for (const security of ['psk', 'sae'] as const) {
      for (const state of ['authenticating', 'associating'] as const) {
        for (const status of statuses) {
          const error = await errorOf(backEnd, security, rightKey, { kind: 'status', state, status });
          expect([security, state, status, error]).toEqual([security, state, status, 'connect-failed']);
        }
      }
    }
  },
  60_000,
);

test.each(backEnds)(
  'with %s no silence is a wrong passphrase',
  async (backEnd) => {
    for (const security of ['psk', 'sae'] as const) {
      for (const state of joinStates.slice(0, 3)) {
        const error = await errorOf(backEnd, security, rightKey, { kind: 'silent', state });
        expect(['out-of-range', 'connect-failed']).toContain(error);
      }
    }
  },
  60_000,
);

test.each(backEnds)(
  'with %s a deauthentication is a wrong passphrase only where access points say so by it',
  async (backEnd) => {
    for (const state of joinStates.slice(0, 3)) {
      for (let reason = 1; reason <= 66; reason++) {
        const trouble: ApTrouble = { kind: 'deauthenticated', state, reason };
        const error = await errorOf(backEnd, 'psk', rightKey, trouble);
        const isKey = seemsWrongKey(trouble);
        expect([state, reason, error === 'invalid-key']).toEqual([state, reason, isKey]);
      }
    }
  },
  120_000,
);
