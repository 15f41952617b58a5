/**
 * Names and addresses of the web as a peer may give them: what is not one is refused here, so that no later reader of a
 * lease (a resolver file, a script, a page) meets control characters, blanks or a shell's own signs.
 *
 * Read character by character: a regular expression is compiled at its first use, and that would be between the offer and
 * the request for it.
 */

const longestName = 253;
const longestLabel = 63;
const longestUrl = 2048;

const dot = 46;
const hyphen = 45;
/** RFC 3986 section 2, without letters and digits. */
const urlSigns = "-._~:/?#[]@!$&'()*+,;=%";

/** Letters, digits, hyphens and underscores in labels of 1..63 (RFC 1123 section 2.1); a dot at the end is taken off. */
export function domainNameOf(text: string): string | undefined {
  const length = text.charCodeAt(text.length - 1) === dot ? text.length - 1 : text.length;
  if (length > longestName) return undefined;
  let start = 0;
  for (let at = 0; at <= length; at++) {
    const code = at < length ? text.charCodeAt(at) : dot;
    if (code !== dot) {
      if (!isLetterOrDigit(code) && code !== hyphen && code !== 95) return undefined;
      continue;
    }
    if (at === start || at - start > longestLabel) return undefined;
    if (text.charCodeAt(start) === hyphen || text.charCodeAt(at - 1) === hyphen) return undefined;
    start = at + 1;
  }
  return text.slice(0, length);
}

/** An http or https URL of the characters a URL may have; blanks around it are taken off. */
export function webUrlOf(text: string): string | undefined {
  const url = text.trim();
  if (url.length > longestUrl) return undefined;
  const scheme = url.slice(0, 8).toLowerCase();
  const from = scheme === 'https://' ? 8 : 7;
  if (from === 7 && !scheme.startsWith('http://')) return undefined;
  if (url.length === from) return undefined;
  for (let at = from; at < url.length; at++)
    if (!isLetterOrDigit(url.charCodeAt(at)) && !urlSigns.includes(url.charAt(at))) return undefined;
  return url;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
