/** The names a line may be completed to, kept up to date from the daemons' lists and signals. */
import { connmanBusName } from '@connman/contracts';
import type { Client } from './client';
import type { Known } from './completion';
import { nameOf, type ObjectList } from './print';

export class KnownObjects implements Known {
  private readonly sets = {
    services: new Set<string>(),
    technologies: new Set<string>(),
    peers: new Set<string>(),
    connections: new Set<string>(),
  };

  get services() {
    return [...this.sets.services];
  }

  get technologies() {
    return [...this.sets.technologies];
  }

  get peers() {
    return [...this.sets.peers];
  }

  get connections() {
    return [...this.sets.connections];
  }

  /** Starts to listen; a daemon that is not there, or lacks a list, has nothing to complete. */
  follow({ bus, manager, vpnManager }: Client): void {
    const { services, technologies, peers, connections } = this.sets;
    manager.on('ServicesChanged', ([changed, removed]) => update(services, changed, removed));
    manager.on('PeersChanged', ([changed, removed]) => update(peers, changed, removed));
    manager.on('TechnologyAdded', ([path]) => technologies.add(nameOf(path)));
    manager.on('TechnologyRemoved', ([path]) => technologies.delete(nameOf(path)));
    vpnManager.on('ConnectionAdded', ([path]) => connections.add(nameOf(path)));
    vpnManager.on('ConnectionRemoved', ([path]) => connections.delete(nameOf(path)));
    // Completion is no reason to start a daemon.
    const quietly = { autoStart: false } as const;
    bus.watchOwner(connmanBusName, (owner) => {
      for (const set of [services, technologies, peers]) set.clear();
      if (owner === undefined) return;
      fill(services, manager.call('GetServices', [], quietly));
      fill(technologies, manager.call('GetTechnologies', [], quietly));
      fill(peers, manager.call('GetPeers', [], quietly));
    });
    bus.watchOwner(vpnManager.address.name, (owner) => {
      connections.clear();
      if (owner !== undefined) fill(connections, vpnManager.call('GetConnections', [], quietly));
    });
  }
}

function update(set: Set<string>, changed: ObjectList, removed: readonly string[]): void {
  for (const [path] of changed) set.add(nameOf(path));
  for (const path of removed) set.delete(nameOf(path));
}

function fill(set: Set<string>, answer: Promise<ObjectList>): void {
  answer.then(
    (list) => update(set, list, []),
    () => {},
  );
}
