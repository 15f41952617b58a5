/** A radio as an access point for tethering: the interface in the bridge, one network block of mode 2, and its stations. */
import type { AccessPoint } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { InterfaceChange } from './messages';
import { accessPointBlock } from './network-block';
import type { Radio } from './radio';

export class Hotspot {
  private readonly radio: Radio;
  private access: AccessPoint | undefined;
  private on = false;
  private readonly stations = new Set<MacAddress>();

  constructor(radio: Radio) {
    this.radio = radio;
  }

  get active(): boolean {
    return this.access !== undefined;
  }

  set(access: AccessPoint | undefined, bridge: string): void {
    if (!access && !this.active) return;
    this.access = access;
    if (!access) this.switchedOff();
    // wpa_supplicant takes the bridge with the interface alone.
    this.radio.recreate(access ? bridge : undefined);
  }

  /** The radio is switched off, or gone. */
  end(): void {
    this.access = undefined;
    this.switchedOff();
  }

  interfaceThere(): void {
    const { access, radio } = this;
    if (!access) return;
    radio.call({ method: 'set-ap-scan', value: 2 });
    radio.ask({ method: 'add-network', block: accessPointBlock(access, radio.abilities) }, (answer) => {
      if (this.access !== access) return;
      if (answer.kind === 'answered') return radio.call({ method: 'select-network', network: answer.path });
      radio.log('warning', `${radio.link.name}: no access point: wpa_supplicant refused the settings: ${answer.text}`);
      this.access = undefined;
      radio.emit({ kind: 'tethering', device: radio.link.id, on: false });
    });
  }

  interfaceGone(): void {
    this.switchedOff();
  }

  changed({ state }: InterfaceChange): void {
    if (state === undefined) return;
    if (state === 'completed' && !this.on) {
      this.on = true;
      // With fresh results wpa_supplicant asks for a scan behind its back, which takes the access point off the air.
      this.radio.call({ method: 'abort-scan' });
      const { id, ifindex } = this.radio.link;
      this.radio.emit({ kind: 'stations', device: id, macs: [] });
      this.radio.emit({ kind: 'tethering', device: id, on: true, ifindex });
    } else if (state === 'disconnected' || state === 'inactive' || state === 'interface_disabled') this.switchedOff();
  }

  station(mac: MacAddress, joined: boolean): void {
    if (joined) this.stations.add(mac);
    else if (!this.stations.delete(mac)) return;
    this.radio.emit({ kind: 'stations', device: this.radio.link.id, macs: [...this.stations] });
  }

  private switchedOff(): void {
    this.stations.clear();
    if (!this.on) return;
    this.on = false;
    this.radio.emit({ kind: 'tethering', device: this.radio.link.id, on: false });
  }
}
