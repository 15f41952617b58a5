/**
 * The XML with which a hotspot's gateway talks to programs (WISPr 1.0 and 2.0), somewhere in a page of HTML, mostly in a comment.
 * Gateways write it with and without namespaces, CDATA and a closing tag: what is looked for are the few values that matter.
 */
export interface WisprMessage {
  /** 100 redirect, 110 proxy, 120 authentication, 130 logoff, 140 result of a pending authentication. */
  readonly messageType: number;
  /** 0 no error, 50 logged in, 100 refused, 201 pending; all others are faults of the gateway. */
  readonly responseCode: number;
  /** Where name and password are sent. */
  readonly loginUrl: string;
  /** Of message 110: where to ask instead. */
  readonly nextUrl: string;
  /** Where the result of a pending authentication can be asked for. */
  readonly resultsUrl: string;
  /** For the user; no more than a line. */
  readonly replyMessage: string;
}

const longestText = 2048;

/** The first message in a page; undefined where there is none. */
export function readWispr(page: string): WisprMessage | undefined {
  const start = page.search(/<WISPAccessGatewayParam\b/i);
  if (start < 0) return undefined;
  const rest = page.slice(start);
  const end = rest.search(/<\/WISPAccessGatewayParam\s*>/i);
  const xml = end < 0 ? rest : rest.slice(0, end);
  const messageType = numberIn(xml, 'MessageType');
  const responseCode = numberIn(xml, 'ResponseCode');
  if (messageType === undefined || responseCode === undefined) return undefined;
  return {
    messageType,
    responseCode,
    loginUrl: textIn(xml, 'LoginURL'),
    nextUrl: textIn(xml, 'NextURL'),
    resultsUrl: textIn(xml, 'LoginResultsURL'),
    replyMessage: textIn(xml, 'ReplyMessage')
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, 200),
  };
}

function numberIn(xml: string, name: string): number | undefined {
  const text = textIn(xml, name);
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

/** The text of the first element of that name, in any namespace. */
function textIn(xml: string, name: string): string {
  const [, text = ''] =
    new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:\\w+:)?${name}\\s*>`, 'i').exec(xml) ?? [];
  const [, data] = /^\s*<!\[CDATA\[([\s\S]*?)\]\]>\s*$/.exec(text) ?? [];
  return (data ?? decoded(text)).trim().slice(0, longestText);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(amp|lt|gt|quot|apos));/gi, (_, decimal, hex, name) =>
    name
      ? (entities[name.toLowerCase()] as string)
      : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  );
}
