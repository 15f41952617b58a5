/**
 * The way back into a network that was lost, by any of its access points that is heard: iwd would wait for its own timers. connmand
 * hears of the loss only if it leads nowhere.
 */
import { searchSteps } from '../radio/channels';
import type { IwdDevice } from './device';
import type { Membership } from './membership';

/** How long it may take before connmand hears of the loss. */
const lingerMs = 3000;
/** And with an access point in sight: a refusal takes a few seconds. */
const returnMs = 6000;
/** After a loss iwd scans the channels of networks that it knows; what comes of it is waited for. */
const quickScanMs = 150;
/** How long iwd may take to have a network that the kernel heard. */
const takeOverMs = 300;

export class WayBack {
  private readonly device: IwdDevice;

  constructor(device: IwdDevice) {
    this.device = device;
  }

  begin(member: Membership): void {
    member.phase = 'lost';
    member.toSearch = [];
    this.device.setTimer('linger', lingerMs);
    this.device.perform({ kind: 'hear' });
  }

  /** The kernel said what it heard before the loss: only what is heard later counts. */
  remembered(member: Membership): void {
    member.phase = 'lingering';
    this.device.sight.remember();
    this.device.setTimer('look', quickScanMs);
  }

  /** Joins what was heard since, or scans on. @param mayWait for iwd to have a network that the kernel heard. */
  look(member: Membership, mayWait = true): void {
    const { device } = this;
    const { sight } = device;
    device.cancel('look');
    if (!sight.isHeardAgain(member.key)) {
      if (member.toSearch.length === 0)
        member.toSearch = searchSteps(sight.frequenciesOf(member.key), device.scanSteps);
      return device.scans.look(member.toSearch.shift() ?? []);
    }
    // Asked for a network that it does not have yet, iwd would scan for a hidden one.
    if (mayWait && sight.pathOf(member.key) === undefined) return device.setTimer('look', takeOverMs);
    member.phase = 'returning';
    device.setTimer('linger', returnMs);
    device.connect(member);
  }

  /** iwd has a network more: it may be the one that was heard again. */
  takenOver(member: Membership): void {
    const { sight } = this.device;
    if (sight.isHeardAgain(member.key) && sight.pathOf(member.key) !== undefined) this.look(member);
  }

  /** The device is in the network again. */
  end(member: Membership): void {
    this.device.cancel('linger');
    this.device.cancel('look');
    this.device.perform({ kind: 'forget-unresolved' });
    member.phase = 'up';
  }
}
