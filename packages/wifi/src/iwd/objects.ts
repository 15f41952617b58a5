/** iwd's objects with their properties, kept up to date by the signals of its object manager. */
import { type Bus, objectManagerInterface, propertiesInterface, type Variant } from '@connman/dbus';
import { iwdBusName } from './bus-interfaces';

export type Properties = ReadonlyMap<string, Variant>;
export type Interfaces = ReadonlyMap<string, Properties>;

export interface ObjectListener {
  /** An object has other interfaces, or an interface other properties. */
  changed(path: string): void;
  gone(path: string): void;
}

export class IwdObjects {
  private readonly bus: Bus;
  private readonly listener: ObjectListener;
  private readonly objects = new Map<string, Map<string, Map<string, Variant>>>();
  private readonly ends: (() => void)[];
  private generation = 0;

  constructor(bus: Bus, listener: ObjectListener) {
    this.bus = bus;
    this.listener = listener;
    const of = { sender: iwdBusName, interface: objectManagerInterface.name };
    this.ends = [
      bus.subscribe({ ...of, member: 'InterfacesAdded' }, 'o path, a{sa{sv}} interfaces', ([path, interfaces]) => {
        this.add(path, interfaces);
        listener.changed(path);
      }),
      bus.subscribe({ ...of, member: 'InterfacesRemoved' }, 'o path, as interfaces', ([path, names]) =>
        this.remove(path, names),
      ),
      bus.subscribe(
        { sender: iwdBusName, interface: propertiesInterface.name, member: 'PropertiesChanged' },
        's interface, a{sv} changed, as invalidated',
        ([name, changed, invalidated], { path }) => this.change(path, name, changed, invalidated),
      ),
    ];
  }

  /** Reads them all. Rejects with BusError. */
  async load(): Promise<void> {
    const generation = ++this.generation;
    const manager = this.bus.object(objectManagerInterface, { name: iwdBusName, path: '/' });
    const all = await manager.call('GetManagedObjects', [], { autoStart: false, timeoutMs: 8000 });
    if (generation !== this.generation) return;
    for (const [path, interfaces] of all) this.add(path, interfaces);
    for (const path of [...this.objects.keys()]) this.listener.changed(path);
  }

  /** iwd is gone. */
  clear(): void {
    this.generation++;
    const paths = [...this.objects.keys()];
    this.objects.clear();
    for (const path of paths) this.listener.gone(path);
  }

  get(path: string): Interfaces | undefined {
    return this.objects.get(path);
  }

  entries(): Iterable<readonly [string, Interfaces]> {
    return this.objects;
  }

  close(): void {
    for (const end of this.ends) end();
  }

  private add(path: string, interfaces: ReadonlyMap<string, Properties>): void {
    const object = this.objects.get(path) ?? new Map<string, Map<string, Variant>>();
    for (const [name, properties] of interfaces) object.set(name, new Map(properties));
    this.objects.set(path, object);
  }

  private remove(path: string, names: readonly string[]): void {
    const object = this.objects.get(path);
    if (!object) return;
    for (const name of names) object.delete(name);
    const left = [...object.keys()].some((name) => name.startsWith(iwdBusName));
    if (left) return this.listener.changed(path);
    this.objects.delete(path);
    this.listener.gone(path);
  }

  private change(path: string, name: string, changed: Properties, invalidated: readonly string[]): void {
    const properties = this.objects.get(path)?.get(name);
    if (!properties) return;
    for (const [key, value] of changed) properties.set(key, value);
    for (const key of invalidated) properties.delete(key);
    this.listener.changed(path);
  }
}
