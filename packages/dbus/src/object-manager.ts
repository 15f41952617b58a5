/**
 * org.freedesktop.DBus.ObjectManager: every interface of every object below its path, with its properties. ConnMan leaves
 * the properties out (contract, "object_manager"); a client of ConnMan calls GetProperties and does not look here.
 *
 * What was added or removed in one turn is signalled at its end, or before the next message that could mention it.
 */
import type { Exported, Implementation } from './object-tree';
import type { PropertyTable } from './properties';
import { introspectableInterface, type objectManagerInterface } from './standard';

type Interfaces = Map<string, PropertyTable>;

export class ObjectManager {
  private readonly root: string;
  private readonly objects: ReadonlyMap<string, ReadonlyMap<string, Implementation>>;
  private exported: Exported<typeof objectManagerInterface> | undefined;
  private readonly addedNames = new Map<string, string[]>();
  private readonly removedNames = new Map<string, string[]>();
  private planned = false;

  constructor(root: string, objects: ReadonlyMap<string, ReadonlyMap<string, Implementation>>) {
    this.root = root;
    this.objects = objects;
  }

  attach(exported: Exported<typeof objectManagerInterface>): void {
    this.exported = exported;
  }

  managedObjects(): Map<string, Interfaces> {
    const all = new Map<string, Interfaces>();
    for (const [path, interfaces] of this.objects)
      if (this.covers(path))
        all.set(path, this.withProperties(path, [introspectableInterface.name, ...interfaces.keys()]));
    return all;
  }

  private withProperties(path: string, names: readonly string[]): Interfaces {
    const interfaces = this.objects.get(path);
    return new Map(names.map((name) => [name, interfaces?.get(name)?.properties?.() ?? new Map()]));
  }

  private covers(path: string): boolean {
    return path !== this.root && path.startsWith(this.root === '/' ? '/' : `${this.root}/`);
  }

  /** An interface is there now; `first` if the object itself is new. */
  added(path: string, name: string, first: boolean): void {
    if (!this.covers(path)) return;
    const names = this.addedNames.get(path) ?? [];
    if (first) names.push(introspectableInterface.name);
    names.push(name);
    this.addedNames.set(path, names);
    this.plan();
  }

  removed(path: string, name: string, last: boolean): void {
    if (!this.covers(path)) return;
    // Within a turn removals are told first: an addition before this one must not be told after it.
    if (this.addedNames.has(path)) this.flush();
    const names = this.removedNames.get(path) ?? [];
    names.push(name);
    if (last) names.push(introspectableInterface.name);
    this.removedNames.set(path, names);
    this.plan();
  }

  private plan(): void {
    if (this.planned) return;
    this.planned = true;
    process.nextTick(() => this.flush());
  }

  /** Tells what has changed since the last time. */
  flush(): void {
    this.planned = false;
    if (this.addedNames.size === 0 && this.removedNames.size === 0) return;
    const added = [...this.addedNames];
    const removed = [...this.removedNames];
    this.addedNames.clear();
    this.removedNames.clear();
    for (const [path, names] of removed) this.exported?.emit('InterfacesRemoved', [path, names]);
    for (const [path, names] of added) this.exported?.emit('InterfacesAdded', [path, this.withProperties(path, names)]);
  }
}
