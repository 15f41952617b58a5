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

interface EntryLine {
  readonly kind: 'entry';
  readonly text: string;
  readonly group: string;
  readonly key: string;
  /** Raw: escapes are not resolved, because only the reader of a key knows whether it is a list. */
  readonly value: string;
  /** Both from 1, in characters. */
  readonly column: number;
  readonly valueColumn: number;
}

type Line = OtherLine | GroupLine | EntryLine;

/** A line that is neither blank, comment, group nor key=value. */
export interface KeyFileFault {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly expected: string;
}

export interface KeyFileEntry {
  readonly key: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** Of the key, and of its value; from 1, in characters. */
  readonly column: number;
  readonly valueColumn: number;
}

export class KeyFile {
  readonly faults: readonly KeyFileFault[];
  private readonly lines: Line[];

  private constructor(lines: Line[], faults: readonly KeyFileFault[]) {
    this.lines = lines;
    this.faults = faults;
  }

  /** Reads any text; what it does not understand is kept, and named in `faults`. */
  static parse(text: string): KeyFile {
    const lines: Line[] = [];
    const faults: KeyFileFault[] = [];
    let group: string | undefined;
    // A byte order mark is what editors of other systems leave; a final newline does not start another line.
    const body = text.replace(/^\ufeff/, '').replace(/\n$/, '');
    if (body === '') return new KeyFile(lines, faults);
    body.split('\n').forEach((full, i) => {
      const line = parseLine(full, group);
      if (typeof line === 'string') {
        faults.push({ line: i + 1, text: full, expected: line });
        lines.push({ kind: 'other', text: full });
      } else {
        if (line.kind === 'group') group = line.group;
        lines.push(line);
      }
    });
    return new KeyFile(lines, faults);
  }

  /** In order of first appearance. */
  groups(): readonly string[] {
    const names = new Set<string>();
    for (const line of this.lines) if (line.kind === 'group') names.add(line.group);
    return [...names];
  }

  /** The keys of a group in order; of a key that is there twice the last counts, as in GLib. */
  entries(group: string): readonly KeyFileEntry[] {
    const entries = new Map<string, KeyFileEntry>();
    this.lines.forEach((line, i) => {
      if (line.kind !== 'entry' || line.group !== group) return;
      const { key, value, column, valueColumn } = line;
      entries.set(key, { key, value, line: i + 1, column, valueColumn });
    });
    return [...entries.values()];
  }

  /** The line of the group's head, from 1; 0 if there is none. */
  lineOfGroup(group: string): number {
    return this.lines.findIndex((line) => line.kind === 'group' && line.group === group) + 1;
  }

  /** The raw value; undefined if it is not there. */
  get(group: string, key: string): string | undefined {
    const line = this.lines[this.lastEntry(group, key)];
    return line?.kind === 'entry' ? line.value : undefined;
  }

  /** Sets a raw value where the key stands, or at the end of its group, or in a new group at the end of the file. */
  set(group: string, key: string, value: string): void {
    const at = this.lastEntry(group, key);
    if (at >= 0 && this.get(group, key) === value) return;
    const entry = entryOf(`${key}=${value}`, group, key, value);
    if (at >= 0) {
      this.lines[at] = entry;
      return;
    }
    const last = this.lines.findLastIndex((line) => line.kind !== 'other' && line.group === group);
    if (last >= 0) {
      this.lines.splice(last + 1, 0, entry);
      return;
    }
    if (this.lines.length > 0 && this.lines.at(-1)?.text !== '') this.lines.push({ kind: 'other', text: '' });
    this.lines.push({ kind: 'group', text: `[${group}]`, group }, entry);
  }

  remove(group: string, key: string): void {
    for (let i = this.lines.length - 1; i >= 0; i--) {
      const line = this.lines[i];
      if (line?.kind === 'entry' && line.group === group && line.key === key) this.lines.splice(i, 1);
    }
  }

  toString(): string {
    return this.lines.map((line) => `${line.text}\n`).join('');
  }

  private lastEntry(group: string, key: string): number {
    return this.lines.findLastIndex((line) => line.kind === 'entry' && line.group === group && line.key === key);
  }
}

/** The line, or what was expected in its place. */
function parseLine(full: string, group: string | undefined): Line | string {
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
  if (group === undefined) return 'a group such as [General] before the first key';
  return entryOf(full, group, key, body.slice(equals + 1).replace(/^[ \t\r]+/, ''));
}

function entryOf(text: string, group: string, key: string, value: string): EntryLine {
  // Only a carriage return at the end may follow the value.
  const end = text.endsWith('\r') && !value.endsWith('\r') ? text.length - 1 : text.length;
  const column = text.search(/[^ \t\r]/) + 1;
  return { kind: 'entry', text, group, key, value, column, valueColumn: end - value.length + 1 };
}
