/**
 * Names and addresses of the web as a peer may give them: what is not one is refused here, so that no later reader of a
 * lease (a resolver file, a script, a page) meets control characters, blanks or a shell's own signs.
 */

const longestName = 253;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Letters, digits, hyphens and underscores in labels of 1..63 (RFC 1123 section 2.1); a dot at the end is taken off. */
export function domainNameOf(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > longestName) return undefined;
  return name.split('.').every((part) => label.test(part)) ? name : undefined;
}

/** The characters RFC 3986 section 2 leaves a URL, after http: or https:. */
const webUrl = /^https?:\/\/[a-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/i;
const longestUrl = 2048;

export function webUrlOf(text: string): string | undefined {
  const url = text.trim();
  return url.length <= longestUrl && webUrl.test(url) ? url : undefined;
}
