/** A machine whose radio hears networks, and joins the one whose passphrase its user knows. */
import type { Bench } from './bench';
import { leaseOf } from './scripted-dhcp';

type Radio = ReturnType<Bench['addRadio']>;

const passphrase = 'correct horse';

/** Home, which the user knows, and others up to so many networks in all. */
export function hearNetworks(radio: Radio, count: number): void {
  radio.put({ name: 'Home', security: 'psk', passphrase });
  for (let i = 1; i < count; i++) radio.put({ name: `Network ${i}`, security: 'psk', strength: 30 + (i % 60) });
}

/** Switches Wi-Fi on and connects Home, which asks the agent and gets a lease. */
export function joinHome(bench: Bench, radio: Radio): void {
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  bench.agentGives(passphrase);
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
}
