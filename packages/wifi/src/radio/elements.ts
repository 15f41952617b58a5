/**
 * The information elements of a beacon or probe response, as far as they say how a network is secured (IEEE 802.11-2020
 * section 9.4.2). Whatever is cut short or unknown is passed over: a neighbour's broken beacon must not hide its others.
 */

const elementSsid = 0;
const elementRsn = 48;
const elementVendor = 221;

/** What the access point of one BSS offers. */
export interface SecurityOffers {
  /** WPA or WPA2 with a passphrase. */
  readonly psk: boolean;
  readonly sae: boolean;
  /** 802.1X. */
  readonly eap: boolean;
  /** 802.1X in the 192-bit mode of WPA3-Enterprise alone. */
  readonly suiteB192Only: boolean;
  /** Opportunistic encryption, or an open network that names its encrypted twin. */
  readonly owe: boolean;
  /** In OWE transition mode an open network and its encrypted twin name each other: that SSID in lower-case hexadecimal. */
  readonly twin: string;
  /** There is an RSN or WPA element, whatever it holds. */
  readonly wpa: boolean;
  readonly wps: boolean;
  /** The WPS button was pressed at the access point. */
  readonly wpsPushButton: boolean;
}

type Findings = { -readonly [K in keyof SecurityOffers]: SecurityOffers[K] } & { suiteB192: boolean };

/** Suite types below 00-0F-AC (table 9-151): key management by number. */
const akm = {
  psk: new Set([2, 4, 6]),
  sae: new Set([8, 9, 24, 25]),
  eap: new Set([1, 3, 5, 11, 14, 15, 16, 17, 22]),
  suiteB192: new Set([12, 13]),
  owe: new Set([18]),
} as const;

/** The SSID's 0 to 32 bytes; empty if there is none. */
export function ssidOf(elements: Uint8Array): Uint8Array {
  for (const { id, body } of elementsIn(elements)) if (id === elementSsid) return body.slice(0, 32);
  return new Uint8Array(0);
}

function* elementsIn(elements: Uint8Array): Generator<{ readonly id: number; readonly body: Uint8Array }> {
  let at = 0;
  while (at + 2 <= elements.length) {
    const end = at + 2 + (elements[at + 1] as number);
    if (end > elements.length) return;
    yield { id: elements[at] as number, body: elements.subarray(at + 2, end) };
    at = end;
  }
}

export function decodeSecurity(elements: Uint8Array): SecurityOffers {
  const found: Findings = {
    psk: false,
    sae: false,
    eap: false,
    suiteB192Only: false,
    suiteB192: false,
    owe: false,
    twin: '',
    wpa: false,
    wps: false,
    wpsPushButton: false,
  };
  for (const { id, body } of elementsIn(elements)) {
    if (id === elementRsn) readRsn(body, found);
    else if (id === elementVendor) readVendor(body, found);
  }
  const { suiteB192, ...offers } = found;
  return { ...offers, eap: offers.eap || suiteB192, suiteB192Only: suiteB192 && !offers.eap };
}

/** Section 9.4.2.24: version, group cipher, pairwise ciphers, key management suites. */
function readRsn(body: Uint8Array, found: Findings): void {
  found.wpa = true;
  for (const suite of suites(body, 2)) {
    if (suite.oui !== 0x000fac) continue;
    if (akm.psk.has(suite.type)) found.psk = true;
    else if (akm.sae.has(suite.type)) found.sae = true;
    else if (akm.eap.has(suite.type)) found.eap = true;
    else if (akm.suiteB192.has(suite.type)) found.suiteB192 = true;
    else if (akm.owe.has(suite.type)) found.owe = true;
  }
}

function readVendor(body: Uint8Array, found: Findings): void {
  if (body.length < 4) return;
  const oui = uint24(body, 0);
  const type = body[3] as number;
  if (oui === 0x0050f2 && type === 1) readWpa(body, found);
  else if (oui === 0x0050f2 && type === 4) readWps(body, found);
  else if (oui === 0x506f9a && type === 28) readTwin(body, found);
}

/** Opportunistic Wireless Encryption specification 2.2.1: BSSID, length of the SSID, SSID; more may follow. */
function readTwin(body: Uint8Array, found: Findings): void {
  found.owe = true;
  const from = 4 + 6 + 1;
  const length = body[from - 1];
  if (length !== undefined && length <= 32 && from + length <= body.length)
    found.twin = Buffer.from(body.subarray(from, from + length)).toString('hex');
}

/** The element of WPA as it was before IEEE 802.11i; its suites are numbered alike. */
function readWpa(body: Uint8Array, found: Findings): void {
  found.wpa = true;
  for (const suite of suites(body, 6)) {
    if (suite.oui !== 0x0050f2) continue;
    if (suite.type === 1) found.eap = true;
    else if (suite.type === 2) found.psk = true;
  }
}

/** Wi-Fi Simple Configuration: attributes of type, length, value; 0x1012 is the Device Password ID, 4 the push button. */
function readWps(body: Uint8Array, found: Findings): void {
  found.wps = true;
  let selected = false;
  let pushButton = false;
  let at = 4;
  while (at + 4 <= body.length) {
    const type = uint16(body, at);
    const length = uint16(body, at + 2);
    const value = at + 4;
    at = value + length;
    if (at > body.length) break;
    if (type === 0x1041 && length >= 1) selected = body[value] !== 0;
    else if (type === 0x1012 && length >= 2) pushButton = uint16(body, value) === 4;
  }
  found.wpsPushButton = selected && pushButton;
}

/** The key management suites; the group cipher stands at `at`. Counts are little-endian, as everything of RSN. */
function* suites(body: Uint8Array, at: number): Generator<{ oui: number; type: number }> {
  const pairwise = at + 4;
  if (pairwise + 2 > body.length) return;
  const keys = pairwise + 2 + 4 * uint16Little(body, pairwise);
  if (keys + 2 > body.length) return;
  const count = uint16Little(body, keys);
  for (let i = 0; i < count; i++) {
    const suite = keys + 2 + 4 * i;
    if (suite + 4 > body.length) return;
    yield { oui: uint24(body, suite), type: body[suite + 3] as number };
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function uint16Little(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] as number) << 8) | (bytes[at] as number);
}

function uint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 16) | uint16(bytes, at + 1);
}
