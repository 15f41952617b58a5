/**
 * org.freedesktop.DBus.Properties for interfaces in ConnMan's style, which have GetProperties, SetProperty and PropertyChanged
 * of their own: the same properties for clients that know the standard only. Changes of one turn are sent as one signal for
 * each interface, at its end.
 */
import { BusError, busErrorName } from './bus-error';
import type { MethodCall, replyLater } from './method-call';
import type { Implementation } from './object-tree';
import { propertiesInterface } from './standard';
import type { Variant } from './variant';

export type PropertyTable = ReadonlyMap<string, Variant>;

type Objects = ReadonlyMap<string, ReadonlyMap<string, Implementation>>;

/** Sends PropertiesChanged. */
export type SendChanges = (
  path: string,
  args: [interfaceName: string, changed: PropertyTable, invalidated: readonly string[]],
) => void;

export class StandardProperties {
  private readonly objects: Objects;
  private readonly send: SendChanges;
  /** Names of changed properties, by path and interface. */
  private readonly changes = new Map<string, Map<string, Set<string>>>();
  private planned = false;

  constructor(objects: Objects, send: SendChanges) {
    this.objects = objects;
    this.send = send;
  }

  /** Handlers of propertiesInterface, for every object that has properties. */
  readonly handlers = {
    Get: ([interfaceName, name]: [string, string], call: MethodCall) => {
      const value = this.tableOf(call.path, interfaceName).get(name);
      if (value) return value;
      throw new BusError(busErrorName.unknownProperty, `${interfaceName} on ${call.path} has no property ${name}`);
    },
    GetAll: ([interfaceName]: [string], call: MethodCall) => this.tableOf(call.path, interfaceName),
    Set: ([interfaceName, name, value]: [string, string, Variant], call: MethodCall) => {
      this.tableOf(call.path, interfaceName);
      const { handlers } = this.find(call.path, interfaceName) as Implementation;
      if (!handlers.SetProperty) {
        throw new BusError(busErrorName.propertyReadOnly, `The properties of ${interfaceName} are read-only`);
      }
      // Its checks, its errors and its late answer are the same as those of the interface's own method.
      return handlers.SetProperty.call(handlers, [name, value], call) as undefined | typeof replyLater;
    },
  };

  hasAny(path: string): boolean {
    for (const { properties } of this.objects.get(path)?.values() ?? []) if (properties) return true;
    return false;
  }

  /** A property has another value, or is gone. */
  changed(path: string, interfaceName: string, name: string): void {
    const interfaces = this.changes.get(path) ?? new Map<string, Set<string>>();
    this.changes.set(path, interfaces);
    const names = interfaces.get(interfaceName) ?? new Set();
    interfaces.set(interfaceName, names.add(name));
    if (this.planned) return;
    this.planned = true;
    process.nextTick(() => this.flush());
  }

  flush(): void {
    this.planned = false;
    for (const [path, interfaces] of this.changes) {
      for (const [interfaceName, names] of interfaces) {
        // Gone with its object meanwhile.
        const current = this.find(path, interfaceName)?.properties?.();
        if (!current) continue;
        const changed = new Map<string, Variant>();
        const invalidated: string[] = [];
        for (const name of names) {
          const value = current.get(name);
          if (value) changed.set(name, value);
          else invalidated.push(name);
        }
        this.send(path, [interfaceName, changed, invalidated]);
      }
    }
    this.changes.clear();
  }

  private find(path: string, interfaceName: string): Implementation | undefined {
    return this.objects.get(path)?.get(interfaceName);
  }

  private tableOf(path: string, interfaceName: string): PropertyTable {
    const found = this.find(path, interfaceName);
    if (found?.properties) return found.properties();
    if (interfaceName === propertiesInterface.name || found) return new Map();
    throw new BusError(busErrorName.unknownInterface, `${path} has no interface ${interfaceName}`);
  }
}
