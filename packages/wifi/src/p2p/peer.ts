/** Another machine as one radio sees it, from the properties that wpa_supplicant shows of it. */
import { type DeviceId, type InputField, type NetworkFact, type NetworkLink, networkId } from '@connman/contracts';
import { strengthOf } from '../radio/networks';
import type { Properties } from '../supplicant/facts';

/** How the two sides show that they mean each other (Wi-Fi Simple Configuration). */
export type Provisioning =
  | { readonly method: 'pbc' }
  /** The other side shows the PIN. */
  | { readonly method: 'keypad'; readonly pin?: string }
  /** This side does. */
  | { readonly method: 'display'; readonly pin: string };

/** WSC 2.0.7 table 33: the bits of PushButton, and of virtual and physical ones. */
const pushButtons = 0x0080;
/** P2P 1.9 section 4.1.4. */
const groupOwner = 0x01;

/** WSC 2.0.7 table 36. */
const passwordIds: Readonly<Record<number, Provisioning['method']>> = { 1: 'keypad', 4: 'pbc', 5: 'display' };

export class Peer {
  readonly path: string;
  /** Its address without colons, as it ends the path. */
  readonly ident: string;
  /** Of the attempt or of the group. */
  link: NetworkLink = { kind: 'idle' };
  /** It wants to be connected with, so. */
  invitation: Provisioning | undefined;
  /** The PIN that this side was asked to show. */
  shownPin: string | undefined;
  /** Not heard any more. */
  isLost = false;
  private name = '';
  private methods = 0;
  private levelDbm = -100;
  private capability = 0;
  private display = '';

  constructor(path: string) {
    this.path = path;
    this.ident = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  }

  change(properties: Properties): void {
    this.name = properties.get('DeviceName')?.as('s') ?? this.name;
    this.methods = properties.get('config_method')?.as('q') ?? this.methods;
    this.levelDbm = properties.get('level')?.as('i') ?? this.levelDbm;
    this.capability = properties.get('groupcapability')?.as('y') ?? this.capability;
    const display = properties.get('IEs')?.as('ay');
    if (display) this.display = Buffer.from(display).toString('hex');
  }

  /** It is the owner of a group that others may join. */
  get isOwner(): boolean {
    return (this.capability & groupOwner) !== 0;
  }

  /** One that says nothing of its methods is tried by the button. */
  get hasButton(): boolean {
    return this.methods === 0 || (this.methods & pushButtons) !== 0;
  }

  /** @param passwordId of the request for a group. @returns what the user has to be asked or shown. */
  invites(passwordId: number): readonly InputField[] {
    const method = passwordIds[passwordId] ?? 'pbc';
    const pin = this.shownPin;
    if (method === 'display' && pin !== undefined) {
      this.invitation = { method, pin };
      return [{ name: 'WPS', type: 'wpspin', requirement: 'informational', value: pin }];
    }
    this.invitation = { method: method === 'keypad' ? method : 'pbc' };
    return method === 'keypad' ? [{ name: 'WPS', type: 'wpspin', requirement: 'mandatory' }] : [];
  }

  fact(device: DeviceId): NetworkFact {
    const { ident, link, display } = this;
    return {
      id: networkId(`${device}/${ident}`),
      ...{ device, group: ident, name: this.name || ident, strength: strengthOf(this.levelDbm) },
      ...(display !== '' && { peer: { display } }),
      link,
    };
  }
}
