/** WireGuard: the kernel's own interface, no program. */
import { err, ok, type Result } from '@connman/base';
import { GenericSocket, WIREGUARD_FAMILY } from '@connman/netlink';
import type { Files } from '@connman/ports';
import type { VpnDriver } from '../../driver';
import type { DriverTools } from '../shared/tools';
import { planFromFile, planFromSettings, type WireguardPlan } from './plan';
import { WireguardTunnel } from './tunnel';

export function wireguardDriver(tools: DriverTools): VpnDriver {
  return {
    type: 'wireguard',
    title: 'WireGuard',
    linkPrefix: 'wg',
    authErrorLimit: 1,
    // As clients set them: without its keys a stored connection could not connect. The file is private (mode 0600).
    stores: (key) => key.startsWith('WireGuard.'),
    isSecret: () => false,
    available: () => available(tools),
    check(settings, host) {
      const plan = planOf(tools.files, settings, host);
      return plan.ok ? undefined : plan.error;
    },
    connect(attempt) {
      const plan = planOf(tools.files, attempt.settings, attempt.host);
      if (!plan.ok) throw new TypeError(`an unchecked plan: ${plan.error}`);
      return new WireguardTunnel(tools, attempt, plan.value).start();
    },
    resume(attempt) {
      const plan = planOf(tools.files, attempt.settings, attempt.host);
      if (!plan.ok) return undefined;
      const tunnel = new WireguardTunnel(tools, attempt, plan.value);
      return tunnel.resume() ? tunnel : undefined;
    },
  };
}

function available({ netlink }: DriverTools): Result<void, string> {
  const socket = new GenericSocket(netlink, WIREGUARD_FAMILY);
  const family = socket.probe();
  socket.close();
  return family.ok ? ok(undefined) : err('this kernel has no WireGuard (module wireguard, Linux 5.6 or later)');
}

/** `WireGuard.ConfigFile` names a file of wg-quick(8), which then says everything. */
function planOf(files: Files, settings: ReadonlyMap<string, string>, host: string): Result<WireguardPlan, string> {
  const file = settings.get('WireGuard.ConfigFile');
  if (file === undefined) return planFromSettings(settings, host);
  try {
    const text = files.read(file);
    if (text === undefined) return err(`WireGuard.ConfigFile: there is no file ${file}`);
    const plan = planFromFile(text);
    return plan.ok ? plan : err(`${file}: ${plan.error}`);
  } catch (error) {
    return err((error as Error).message);
  }
}
