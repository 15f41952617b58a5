/**
 * The access point name of a SIM's operator, which ModemManager leaves to its clients: the one that the user gave, which is kept; or
 * the only one that the package mobile-broadband-provider-info has for the operator, as oFono's provisioning takes it.
 */
import { type Logger, OsError, Secret } from '@connman/base';
import type { Files } from '@connman/ports';

export interface AccessPointName {
  readonly apn: string;
  readonly user?: string;
  readonly password?: Secret;
}

export interface AccessPointPorts {
  readonly files: Pick<Files, 'read' | 'writeAtomic'>;
  readonly log: Logger;
  /** JSON: by IMSI, what users gave. */
  readonly file: string;
}

type Kept = Readonly<Record<string, { readonly apn: string; readonly user?: string; readonly password?: string }>>;

const providers = '/usr/share/mobile-broadband-provider-info/serviceproviders.xml';

export class AccessPointNames {
  private readonly ports: AccessPointPorts;

  constructor(ports: AccessPointPorts) {
    this.ports = ports;
  }

  /** @param operator of the SIM: country code and network code in digits */
  of(imsi: string, operator: string): AccessPointName | undefined {
    const kept = this.kept()[imsi];
    if (!kept) return providedName(this.read(providers) ?? '', operator);
    const { password, ...rest } = kept;
    return { ...rest, ...(password !== undefined && { password: new Secret(password) }) };
  }

  keep(imsi: string, { apn, user, password }: AccessPointName): void {
    const one = { apn, ...(user && { user }), ...(password && { password: password.reveal() }) };
    const { files, file, log } = this.ports;
    try {
      files.writeAtomic(file, `${JSON.stringify({ ...this.kept(), [imsi]: one }, undefined, 2)}\n`, 0o600);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.error(`${error.message}; the access point name is asked for again next time`);
    }
  }

  private kept(): Kept {
    const { file, log } = this.ports;
    const text = this.read(file);
    if (text === undefined) return {};
    try {
      const value: unknown = JSON.parse(text);
      const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
      return Object.fromEntries(
        entries.filter(([, one]) => typeof (one as { apn?: unknown } | null)?.apn === 'string'),
      );
    } catch {
      log.warning(`${file} is not JSON; it is ignored, and written again with the next access point name`);
      return {};
    }
  }

  private read(path: string): string | undefined {
    const { files, log } = this.ports;
    try {
      return files.read(path);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.warning(error.message);
      return undefined;
    }
  }
}

/** Undefined if there is none for the internet, or a choice to be made. */
export function providedName(xml: string, operator: string): AccessPointName | undefined {
  const mcc = operator.slice(0, 3);
  const mnc = operator.slice(3);
  const found = new Map<string, AccessPointName>();
  if (mnc === '') return undefined;
  for (const [, provider = ''] of xml.matchAll(/<provider\b[^>]*>([\s\S]*?)<\/provider>/g)) {
    const ids = [...provider.matchAll(/<network-id\s+mcc="(\d+)"\s+mnc="(\d+)"/g)];
    // Two and three digits are written of one network.
    if (!ids.some(([, country, network]) => country === mcc && Number(network) === Number(mnc))) continue;
    for (const [, value = '', body = ''] of provider.matchAll(/<apn\s+value="([^"]*)"\s*>([\s\S]*?)<\/apn>/g)) {
      const usage = /<usage\s+type="([^"]*)"/.exec(body)?.[1] ?? 'internet';
      if (usage !== 'internet') continue;
      const user = /<username>([^<]*)</.exec(body)?.[1];
      const password = /<password>([^<]*)</.exec(body)?.[1];
      const name = { apn: plain(value), ...(user && { user: plain(user) }) };
      found.set(name.apn, { ...name, ...(password && { password: new Secret(plain(password)) }) });
    }
  }
  return found.size === 1 ? [...found.values()][0] : undefined;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '');
