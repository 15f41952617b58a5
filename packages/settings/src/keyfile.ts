/**
 * GLib key files: groups of key=value lines, kept line by line, so that a rewrite changes nothing but the keys it was
 * asked to change. Comments, order, blank lines, unknown groups and even unreadable lines survive.
 *
 * The format is GLib's (Key-value file parser, and the Desktop Entry Specification, sections "Basic format of the file"
 * and "Possible value types").
 */

interface OtherLine {
  readonly kind: 'other';
  readonly text: string;
}

interface GroupLine {
  readonly kind: 'group';
  readonly text: string;
  readonly group: string;
}

interface EntryLine extends KeyFileEntry {
  readonly kind: 'entry';
  readonly text: string;
}

type Line = OtherLine | GroupLine | EntryLine;

/** A line of the file; one that was removed is empty. */
interface Place {
  line?: Line;
}

/** All groups of one name. */
interface Group {
  /** From 1. */
  readonly line: number;
  /** By key, in order of first appearance; the last place of each counts. */
  readonly entries: Map<string, Place[]>;
  /** From the last head of that name to the next one of any name. */
  section: Place[];
}

/** A line that is neither blank, comment, group nor key=value. */
export interface KeyFileFault {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly expected: string;
}

export interface KeyFileEntry {
  readonly key: string;
  /** Raw: escapes are not resolved, because only the reader of a key knows whether it is a list. */
  readonly value: string;
  /** From 1, as the file was read; 0 of what was set since. */
  readonly line: number;
  /** Of the key, and of its value; from 1, in characters. */
  readonly column: number;
  readonly valueColumn: number;
}

export class KeyFile {
  readonly faults: readonly KeyFileFault[];
  /** What stands before the first head, then each head with what follows it. */
  private readonly sections: Place[][] = [[]];
  private readonly byName = new Map<string, Group>();

  private constructor(text: string) {
    const faults: KeyFileFault[] = [];
    this.faults = faults;
    // A byte order mark is what editors of other systems leave; a final newline does not start another line.
    const body = text.replace(/^\ufeff/, '').replace(/\n$/, '');
    if (body === '') return;
    let group: Group | undefined;
    body.split('\n').forEach((full, i) => {
      const line = parseLine(full, i + 1, group !== undefined);
      if (typeof line === 'string') {
        faults.push({ line: i + 1, text: full, expected: line });
        this.append({ kind: 'other', text: full });
      } else if (line.kind === 'group') {
        group = this.open(line, i + 1);
      } else {
        const place = this.append(line);
        if (group && line.kind === 'entry') keep(group, line.key, place);
      }
    });
  }

  /** Reads any text; what it does not understand is kept, and named in `faults`. */
  static parse(text: string): KeyFile {
    return new KeyFile(text);
  }

  /** In order of first appearance. */
  groups(): readonly string[] {
    return [...this.byName.keys()];
  }

  /** The keys of a group in order; of a key that is there twice the last counts, as in GLib. */
  entries(group: string): readonly KeyFileEntry[] {
    const { entries } = this.byName.get(group) ?? {};
    return [...(entries?.values() ?? [])].flatMap((places) => {
      const { line } = places.at(-1) ?? {};
      if (line?.kind !== 'entry') return [];
      const { kind: _, text: __, ...entry } = line;
      return [entry];
    });
  }

  /** The line of the group's head, from 1; 0 if there is none. */
  lineOfGroup(group: string): number {
    return this.byName.get(group)?.line ?? 0;
  }

  /** The raw value; undefined if it is not there. */
  get(group: string, key: string): string | undefined {
    const line = this.byName.get(group)?.entries.get(key)?.at(-1)?.line;
    return line?.kind === 'entry' ? line.value : undefined;
  }

  /** Sets a raw value where the key stands, or at the end of its group, or in a new group at the end of the file. */
  set(group: string, key: string, value: string): void {
    if (this.get(group, key) === value) return;
    const line = entryOf(`${key}=${value}`, key, value, 0);
    const there = this.byName.get(group);
    const place = there?.entries.get(key)?.at(-1);
    if (place) place.line = line;
    else if (there) keep(there, key, insert(there.section, line));
    else keep(this.newGroup(group), key, this.append(line));
  }

  remove(group: string, key: string): void {
    const entries = this.byName.get(group)?.entries;
    for (const place of entries?.get(key) ?? []) delete place.line;
    entries?.delete(key);
  }

  toString(): string {
    return this.sections
      .flat()
      .map(({ line }) => (line ? `${line.text}\n` : ''))
      .join('');
  }

  private append(line: Line): Place {
    const place = { line };
    this.sections.at(-1)?.push(place);
    return place;
  }

  private open(head: GroupLine, line: number): Group {
    const section = [{ line: head }];
    this.sections.push(section);
    const group = this.byName.get(head.group) ?? { line, entries: new Map(), section };
    group.section = section;
    this.byName.set(head.group, group);
    return group;
  }

  /** At the end of the file, after a blank line. */
  private newGroup(group: string): Group {
    const before = this.sections.at(-1)?.findLast(({ line }) => line !== undefined);
    if (before && before.line?.text !== '') this.append({ kind: 'other', text: '' });
    return this.open({ kind: 'group', text: `[${group}]`, group }, 0);
  }
}

function keep({ entries }: Group, key: string, place: Place): void {
  const places = entries.get(key);
  if (places) places.push(place);
  else entries.set(key, [place]);
}

/** After the last key of the section, or its head. */
function insert(section: Place[], line: Line): Place {
  const place = { line };
  while (section.at(-1)?.line === undefined) section.pop();
  const last = section.findLastIndex((one) => one.line && one.line.kind !== 'other');
  section.splice(last + 1, 0, place);
  return place;
}

/** The line, or what was expected in its place. */
function parseLine(full: string, number: number, isInGroup: boolean): Line | string {
  const text = full.replace(/\r$/, '');
  const body = text.replace(/^[ \t\r]+/, '');
  if (body === '' || body.startsWith('#')) return { kind: 'other', text: full };
  if (body.startsWith('[')) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: GLib refuses them in a group's name
    const name = /^\[([^[\]\u0000-\u001f\u007f]+)\][ \t]*$/.exec(body)?.[1];
    return name === undefined ? 'a group such as [General]' : { kind: 'group', text: full, group: name };
  }
  const equals = body.indexOf('=');
  const key = body.slice(0, Math.max(equals, 0)).trimEnd();
  if (key === '' || /[[\]]/.test(key.replace(/\[[\w@.-]+\]$/, ''))) return 'key=value, [group] or a # comment';
  if (!isInGroup) return 'a group such as [General] before the first key';
  return entryOf(full, key, body.slice(equals + 1).replace(/^[ \t\r]+/, ''), number);
}

function entryOf(text: string, key: string, value: string, line: number): EntryLine {
  // Only a carriage return at the end may follow the value.
  const end = text.endsWith('\r') && !value.endsWith('\r') ? text.length - 1 : text.length;
  const column = text.search(/[^ \t\r]/) + 1;
  return { kind: 'entry', text, key, value, line, column, valueColumn: end - value.length + 1 };
}
