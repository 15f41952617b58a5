/** Whether there is a network below a tunnel: connmand's State (rule 179). */
import { connmanBusName, connmanPaths, managerInterface } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Clock } from '@connman/ports';

/** How long a Connect waits for a connmand that is just starting. */
const patienceMs = 15_000;

export class Uplink {
  private readonly clock: Clock;
  private state: string | undefined;
  /** Unique name of connmand. */
  private owner: string | undefined;
  private waiting: (() => void)[] = [];

  constructor(bus: Bus, clock: Clock) {
    this.clock = clock;
    const manager = bus.object(managerInterface, { name: connmanBusName, path: connmanPaths.root });
    bus.watchOwner(connmanBusName, (owner) => {
      this.owner = owner;
      this.learn(undefined);
      if (owner === undefined) return;
      manager.call('GetProperties', [], { autoStart: false }).then(
        (properties) => this.learn(properties.get('State')?.as('s')),
        () => {},
      );
    });
    manager.on('PropertyChanged', ([name, value]) => {
      if (name === 'State') this.learn(value.as('s'));
    });
  }

  /** Settles once it is known; false, in the end, where there is no connmand to say so. */
  async isUp(): Promise<boolean> {
    if (this.state === undefined) {
      await new Promise<void>((resolve) => {
        const cancel = this.clock.setTimer(patienceMs, resolve);
        this.waiting.push(() => {
          cancel();
          resolve();
        });
      });
    }
    return this.state === 'ready' || this.state === 'online';
  }

  isConnmand(sender: string): boolean {
    return sender === this.owner;
  }

  private learn(state: string | undefined): void {
    this.state = state;
    if (state === undefined) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
