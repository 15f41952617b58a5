/** Another program's objects with their properties, kept up to date by the signals of its object manager. */
import type { Bus } from './bus';
import { objectManagerInterface, propertiesInterface } from './standard';
import type { Variant } from './variant';

export type MirroredProperties = ReadonlyMap<string, Variant>;
/** An object: its properties by interface. */
export type MirroredInterfaces = ReadonlyMap<string, MirroredProperties>;

export interface MirrorListener {
  /** An object has other interfaces, or an interface other properties. */
  changed(path: string): void;
  gone(path: string): void;
}

/** How long the program may take to list its objects, in milliseconds. */
const listMs = 8000;

export class MirroredObjects {
  private readonly bus: Bus;
  private readonly name: string;
  private readonly path: string;
  private readonly listener: MirrorListener;
  private readonly objects = new Map<string, Map<string, Map<string, Variant>>>();
  private readonly ends: (() => void)[];
  private generation = 0;

  /**
   * @param name of the program on the bus; its own interfaces begin with it.
   * @param path of its object manager
   */
  constructor(bus: Bus, name: string, listener: MirrorListener, path = '/') {
    this.bus = bus;
    this.name = name;
    this.path = path;
    this.listener = listener;
    const of = { sender: name, interface: objectManagerInterface.name };
    this.ends = [
      bus.subscribe({ ...of, member: 'InterfacesAdded' }, 'o path, a{sa{sv}} interfaces', ([path, interfaces]) => {
        this.add(path, interfaces);
        listener.changed(path);
      }),
      bus.subscribe({ ...of, member: 'InterfacesRemoved' }, 'o path, as interfaces', ([path, names]) =>
        this.remove(path, names),
      ),
      bus.subscribe(
        { sender: name, interface: propertiesInterface.name, member: 'PropertiesChanged' },
        's interface, a{sv} changed, as invalidated',
        ([interfaceName, changed, invalidated], { path }) => this.change(path, interfaceName, changed, invalidated),
      ),
    ];
  }

  /** Reads them all. Rejects with BusError. */
  async load(): Promise<void> {
    const generation = ++this.generation;
    const manager = this.bus.object(objectManagerInterface, { name: this.name, path: this.path });
    const all = await manager.call('GetManagedObjects', [], { autoStart: false, timeoutMs: listMs });
    if (generation !== this.generation) return;
    for (const [path, interfaces] of all) this.add(path, interfaces);
    for (const path of [...this.objects.keys()]) this.listener.changed(path);
  }

  /** The program is gone. */
  clear(): void {
    this.generation++;
    const paths = [...this.objects.keys()];
    this.objects.clear();
    for (const path of paths) this.listener.gone(path);
  }

  get(path: string): MirroredInterfaces | undefined {
    return this.objects.get(path);
  }

  entries(): Iterable<readonly [string, MirroredInterfaces]> {
    return this.objects;
  }

  close(): void {
    for (const end of this.ends) end();
  }

  private add(path: string, interfaces: ReadonlyMap<string, MirroredProperties>): void {
    const object = this.objects.get(path) ?? new Map<string, Map<string, Variant>>();
    for (const [name, properties] of interfaces) object.set(name, new Map(properties));
    this.objects.set(path, object);
  }

  private remove(path: string, names: readonly string[]): void {
    const object = this.objects.get(path);
    if (!object) return;
    for (const name of names) object.delete(name);
    const left = [...object.keys()].some((name) => name.startsWith(`${this.name}.`));
    if (left) return this.listener.changed(path);
    this.objects.delete(path);
    this.listener.gone(path);
  }

  private change(
    path: string,
    interfaceName: string,
    changed: MirroredProperties,
    invalidated: readonly string[],
  ): void {
    const properties = this.objects.get(path)?.get(interfaceName);
    if (!properties) return;
    for (const [key, value] of changed) properties.set(key, value);
    for (const key of invalidated) properties.delete(key);
    this.listener.changed(path);
  }
}
