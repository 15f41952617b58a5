/** The hardware address of a radio's link, changed before a network is joined: wpa_supplicant must have seen it first. */
import type { MacAddress } from '@connman/inet';
import type { Radio } from './radio';

/** Until wpa_supplicant has seen that the link has another address. */
const settleMs = 200;

export class OwnAddress {
  private readonly radio: Radio;
  private address: MacAddress;
  private formerAddress: MacAddress;
  private ownAddress: MacAddress | undefined;
  /** Waits until the link has its new address. */
  private onSettled: (() => void) | undefined;

  constructor(radio: Radio) {
    this.radio = radio;
    this.address = radio.link.permanentMac;
    this.formerAddress = this.address;
  }

  /** The link as it was found; later changes are made here. */
  has(address: MacAddress, own: MacAddress): void {
    this.address = address;
    this.ownAddress ??= own;
  }

  /** What the link has where no other address is wanted. */
  get usual(): MacAddress {
    return this.ownAddress ?? this.radio.link.permanentMac;
  }

  get isChanging(): boolean {
    return this.onSettled !== undefined;
  }

  become(mac: MacAddress, onSettled: () => void): void {
    if (mac === this.address) return onSettled();
    this.formerAddress = this.address;
    this.address = mac;
    this.onSettled = onSettled;
    this.radio.setAddress(mac);
    this.radio.setTimer('address', settleMs);
  }

  /** wpa_supplicant has the link back, or had time enough. */
  settled(): void {
    const { onSettled } = this;
    this.forget();
    onSettled?.();
  }

  refused(): void {
    this.address = this.formerAddress;
  }

  /** What waits for the address is not wanted any more. */
  forget(): void {
    this.onSettled = undefined;
    this.radio.cancel('address');
  }
}
