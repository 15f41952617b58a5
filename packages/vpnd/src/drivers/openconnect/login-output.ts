/** What `openconnect --authenticate` prints and asks, understood. */

export type Question = 'username' | 'password' | 'key-passphrase' | 'group' | 'certificate' | 'other';

/** Which of the things that openconnect may ask this is; undefined if it is no question yet. */
export function questionOf(prompt: string): Question | undefined {
  const text = prompt.trim();
  if (!/[:?]$/.test(text)) return undefined;
  if (/Enter '?yes'? to accept/i.test(text)) return 'certificate';
  if (/pass ?phrase|\bPIN\b/i.test(text)) return 'key-passphrase';
  if (/^user ?name|^login|^user:/i.test(text)) return 'username';
  if (/^GROUP:|^realm/i.test(text)) return 'group';
  return /password|pass:|passcode/i.test(text) ? 'password' : 'other';
}

/** The question alone: what was answered before it stands on the same line, as nothing echoes the answer's newline. */
export function labelOf(prompt: string): string {
  return (
    prompt
      .trim()
      .split(/(?<=[:?])\s*(?=\S)/)
      .at(-1) ?? ''
  );
}

/** A line for the user, not one about the connection. */
export function isMessage(line: string): boolean {
  return !/^(GET|POST|CONNECT|Got|SSL|TLS|Connected|Attempting|Using|XML)\b|certificate|[:?]\s*$/i.test(line.trim());
}

/** What a server says before it asks for more than the password, under the same label: "Please enter your OTP password." */
export function isSecondFactor(message: string): boolean {
  return /\b(otp|one[- ]time|token|code|passcode|challenge|second|authenticator)\b/i.test(message);
}

/** A line that says why it fails; the last one, which says no more than that, is none. */
export function isComplaint(line: string): boolean {
  return /fail|error|refused|unable|unexpected|could not/i.test(line) && !/^Failed to complete auth/.test(line.trim());
}

/** The server said that what it was given is wrong. */
export function isRefusal(line: string): boolean {
  return /login failed|authentication failed|access denied|invalid (username|password|credentials)|incorrect password/i.test(
    line,
  );
}

/** One of the printed assignments, COOKIE='...', as a shell would read it. */
export function parseAssignment(line: string): readonly [string, string] | undefined {
  const [, name, value] = /^([A-Z_]+)='(.*)'$/.exec(line) ?? [];
  return name !== undefined && value !== undefined ? [name, value.replaceAll("'\\''", "'")] : undefined;
}
