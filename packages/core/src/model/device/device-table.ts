/** The devices, and what the stages want to know of them. */
import type { DeviceId } from '@connman/contracts';
import { Table } from '../table/table';
import { kindOf } from '../technology/kinds';
import type { Device } from './device';

export class DeviceTable extends Table<DeviceId, Device> {
  readonly byType = this.groupBy(({ type }) => type);
  readonly byDriver = this.groupBy(({ driver }) => driver);
  readonly byLink = this.groupBy(({ ifindex }) => ifindex);
  readonly powered = this.groupBy(({ powered, type }) => (powered ? type : undefined));
  /** Their power is being switched. */
  readonly switching = this.groupBy(({ pendingPower }) => (pendingPower === undefined ? undefined : 'switching'));
  /** Of peers. */
  readonly finders = this.groupBy(({ type }) => (kindOf(type).isPeer ? 'finder' : undefined));
  readonly scanners = this.groupBy(({ can, type }) => (can.scan && kindOf(type).scan ? 'scanner' : undefined));
}
