/**
 * Ethernet needs no driver: the engine makes devices of links and networks of cables. Here its two tables speak as one, so that
 * the cases of every driver run over them, too.
 */
import {
  type DeviceFact,
  ethernetDriver,
  type NetworkFact,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import { Bench } from './bench';

export class CableDriver implements TechnologyDriver {
  readonly name = ethernetDriver;
  readonly type = 'ethernet';
  readonly bench = new Bench();
  private readonly listeners: ((event: TechnologyEvent) => void)[] = [];
  private ifindex = 0;
  private devices = new Map<string, DeviceFact>();
  private networks = new Map<string, NetworkFact>();

  start(): void {
    this.putIn();
    this.emit({ kind: 'up' });
    this.bench.onTurn = () => this.compare();
    this.bench.start();
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listeners.push(listener);
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'set-powered')
      this.bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: command.powered });
  }

  close(): void {
    this.bench.kill();
  }

  plug(plugged: boolean): void {
    this.bench.kernel.plug(this.ifindex, plugged);
  }

  /** The card itself. */
  putIn(): void {
    this.ifindex = this.bench.addLink('eth0', { plugged: true });
  }

  takeOut(): void {
    this.bench.kernel.removeLink(this.ifindex);
  }

  /** What the engine has changed in a turn, as a driver reports it. */
  private compare(): void {
    const { world } = this.bench.daemon.engine;
    const before = { devices: this.devices, networks: this.networks };
    this.devices = new Map(world.devices.entries());
    this.networks = new Map(world.networks.entries());
    for (const device of this.devices.values())
      if (before.devices.get(device.id) !== device) this.emit({ kind: 'device', device });
    const changed = [...this.networks.values()].filter((network) => before.networks.get(network.id) !== network);
    const gone = [...before.networks.values()].flatMap(({ id }) => (this.networks.has(id) ? [] : [id]));
    if (changed.length + gone.length > 0) this.emit({ kind: 'networks', changed, gone });
    for (const { id } of before.devices.values())
      if (!this.devices.has(id)) this.emit({ kind: 'device-gone', device: id });
  }

  private emit(event: TechnologyEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
