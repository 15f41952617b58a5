/** SetProperty("Properties", {...}): many settings at once; those that fit are set even when others do not. */
import { connmanError, explainedError } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import { type Provider, withProperty } from '../provider/provider';

/** Throws BusError with the names of what was not set (contract, "vpn_extra_texts"). */
export function setMany(provider: Provider, value: Variant, configure: (provider: Provider) => void): void {
  const values = value.as('a{sv}');
  if (!values) throw connmanError('InvalidArguments');
  const wrong: string[] = [];
  let changed = provider;
  for (const [name, one] of values) {
    const next = withProperty(changed, name, one);
    if (next.ok) changed = next.value;
    else wrong.push(name);
  }
  if (changed !== provider) configure(changed);
  if (wrong.length > 0) throw explainedError('InvalidProperty', `Invalid properties ${wrong.join(',')}`);
}
