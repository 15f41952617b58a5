/** net.connman.KillSwitch: connman-vpnd asks before the first packet whether a kill switch would hold. */
import { explainedError, killSwitchInterface, killSwitchPath } from '@connman/contracts';
import type { Bus } from '@connman/dbus';

export interface KillSwitchParts {
  readonly bus: Bus;
  /** What forbids a kill switch; undefined if it would hold. */
  readonly probe: () => string | undefined;
  /** A probe changes the firewall and takes time: no other client may ask for it. */
  readonly isVpnd: (sender: string) => boolean;
}

/** The returned function ends it. */
export function exportKillSwitch({ bus, probe, isVpnd }: KillSwitchParts): () => void {
  const exported = bus.export(killSwitchPath, killSwitchInterface, {
    Probe(_, { sender }) {
      if (!isVpnd(sender)) throw explainedError('PermissionDenied', 'Probe is for connman-vpnd alone');
      const refusal = probe();
      if (refusal !== undefined) throw explainedError('NotSupported', refusal);
    },
  });
  return () => exported.unexport();
}
