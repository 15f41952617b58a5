/** A device behind iwd as an access point (tethering). */
import type { Secret } from '@connman/base';
import type { AccessPoint, TechnologyCommand } from '@connman/contracts';
import { textOf } from '../radio/networks';
import type { IwdDevice } from './device';
import type { DeviceState } from './messages';

export class IwdHotspot {
  private readonly device: IwdDevice;
  private wanted: { readonly ssid: string; readonly passphrase: Secret; asked: boolean; on: boolean } | undefined;
  private leaving = false;

  constructor(device: IwdDevice) {
    this.device = device;
  }

  set({ access }: TechnologyCommand & { kind: 'set-tethering' }): void {
    const { device } = this;
    const refusal = access && refusalOf(access);
    if (refusal !== undefined) return this.report(false, refusal);
    const passphrase = access?.passphrase;
    this.wanted = passphrase && { ssid: textOf(access.ssid), passphrase, asked: false, on: false };
    device.call({ method: 'mode', mode: access ? 'ap' : 'station' });
    this.leaving = !access;
  }

  enter({ accessPoint, station }: DeviceState): void {
    const { wanted, device } = this;
    if (this.leaving && station) {
      this.leaving = false;
      this.report(false);
    }
    if (!wanted || !accessPoint) return;
    if (!accessPoint.started && !wanted.on) {
      if (wanted.asked) return;
      wanted.asked = true;
      return device.call({ method: 'start-access-point', ssid: wanted.ssid, passphrase: wanted.passphrase });
    }
    if (wanted.on === accessPoint.started) return;
    wanted.on = accessPoint.started;
    this.report(wanted.on);
  }

  private report(on: boolean, reason?: string): void {
    const { id: device, ifindex } = this.device.link;
    this.device.emit({
      kind: 'tethering',
      device,
      on,
      ...(on && { ifindex }),
      ...(reason !== undefined && { reason }),
    });
  }
}

/** What iwd does not have: its access points are shown, and of WPA2 with a passphrase. */
function refusalOf({ passphrase, hidden }: AccessPoint): string | undefined {
  if (!passphrase) return 'iwd makes no open access points; set a tethering passphrase, or use wpa_supplicant';
  return hidden ? 'iwd makes no hidden access points; show it ("--hidden no"), or use wpa_supplicant' : undefined;
}
