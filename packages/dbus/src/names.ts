/** The forms that names may have on the bus (D-Bus specification, "Valid Names" and "Valid Object Paths"). */

const maxNameLength = 255;

const path = /^\/(?:[A-Za-z0-9_]+(?:\/[A-Za-z0-9_]+)*)?$/;
const interfaceName = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+$/;
const memberName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const uniqueName = /^:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;
const wellKnownName = /^[A-Za-z_-][A-Za-z0-9_-]*(?:\.[A-Za-z_-][A-Za-z0-9_-]*)+$/;

export function isObjectPath(text: string): boolean {
  return path.test(text);
}

/** Error names have the same form. */
export function isInterfaceName(text: string): boolean {
  return text.length <= maxNameLength && interfaceName.test(text);
}

export function isMemberName(text: string): boolean {
  return text.length <= maxNameLength && memberName.test(text);
}

/** `:1.42`: the name the bus gives to a connection and never gives again. */
export function isUniqueName(text: string): boolean {
  return text.length <= maxNameLength && uniqueName.test(text);
}

/** A unique or a well-known name. */
export function isBusName(text: string): boolean {
  return text.length <= maxNameLength && (text.startsWith(':') ? uniqueName.test(text) : wellKnownName.test(text));
}
