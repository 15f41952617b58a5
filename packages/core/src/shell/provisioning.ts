/** *.config files in the storage folder: read at the start, and again whenever one of them comes, changes or goes (rule 199). */
import { type Logger, OsError, parseDataBudget } from '@connman/base';
import type { EapProfile, SecretRef } from '@connman/contracts';
import { parseStaticRoutes } from '@connman/inet';
import type { Files, FolderWatchPort } from '@connman/ports';
import { formatProblem, type Problem, type Provision as Read, readProvisioning, summarised } from '@connman/settings';
import type { Provision } from '../model/service/provision';
import type { AccessSettings } from '../model/service/settings';
import type { Secrets } from './secrets';

export interface ProvisioningOptions {
  readonly files: Files;
  readonly watches: FolderWatchPort;
  readonly folder: string;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly onChange: (provisions: readonly Provision[]) => void;
}

interface KnownFile {
  readonly text: string;
  readonly provisions: readonly Provision[];
}

export class Provisioning {
  private readonly options: ProvisioningOptions;
  private known = new Map<string, KnownFile>();
  private end: (() => void) | undefined;

  constructor(options: ProvisioningOptions) {
    this.options = options;
  }

  /** Reports what there is at once, if there is anything. */
  start(): void {
    const { watches, folder } = this.options;
    this.end = watches.watch(folder, () => this.read());
    this.read();
  }

  close(): void {
    this.end?.();
  }

  /** A file whose text did not change keeps its provisions, and with them the references to its secrets. */
  private read(): void {
    const { files, folder, onChange } = this.options;
    const before = this.known;
    const now = new Map<string, KnownFile>();
    for (const name of files.list(folder)) {
      if (!name.endsWith('.config') || name.startsWith('.')) continue;
      const text = this.textOf(`${folder}/${name}`);
      if (text === undefined) continue;
      const known = before.get(name);
      now.set(name, known?.text === text ? known : { text, provisions: this.parse(`${folder}/${name}`, text) });
    }
    this.known = now;
    const isSame = now.size === before.size && [...now].every(([name, file]) => before.get(name) === file);
    if (!isSame) onChange([...now.values()].flatMap(({ provisions }) => provisions));
  }

  private textOf(file: string): string | undefined {
    try {
      return this.options.files.read(file);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.options.log.warning(`${error.message}; it provisions nothing`);
      return undefined;
    }
  }

  private parse(file: string, text: string): Provision[] {
    const problems: Problem[] = [];
    const read = readProvisioning(file, text, problems);
    for (const problem of summarised(problems)) this.options.log.warning(formatProblem(problem));
    return read.map((one) => provisionOf(one, this.options.secrets));
  }
}

function provisionOf(read: Read, secrets: Secrets): Provision {
  const dataBudget = parseDataBudget(read.dataBudget ?? '');
  const { file, ident, type, mac, deviceName, ssid, security, ipv4, ipv6, privacy = 'disabled' } = read;
  const access = accessOf(read, secrets);
  return {
    file,
    ident,
    type,
    ...(mac !== undefined && { mac }),
    ...(deviceName !== undefined && { deviceName }),
    ...(ssid !== undefined && security && { wifi: { ssid, security } }),
    settings: {
      ipv4: ipv4.method === 'fixed' ? { ...ipv4, method: 'manual' } : { method: ipv4.method },
      ipv6: ipv6.method === 'fixed' ? { ...ipv6, method: 'manual', privacy } : { method: ipv6.method, privacy },
      nameservers: read.nameservers,
      timeservers: read.timeservers,
      domains: [...(read.domain === undefined ? [] : [read.domain]), ...read.searchDomains],
      mdns: read.mdns,
      ...(read.macAddressPolicy && { macAddressPolicy: read.macAddressPolicy }),
      ...(dataBudget && { dataBudget }),
      ...(read.routes.length > 0 && { routes: parseStaticRoutes(read.routes) }),
    },
    ...(access && { access }),
  };
}

function accessOf({ ssid, hidden, passphrase, eap }: Read, secrets: Secrets): AccessSettings | undefined {
  if (ssid === undefined && !eap) return undefined;
  const kept = passphrase && secrets.keep(passphrase);
  return {
    ...(ssid !== undefined && { ssid }),
    ...(hidden && { hidden }),
    ...(kept && !eap && { passphrase: kept }),
    ...(eap && { eap: eapOf(eap, kept, secrets) }),
  };
}

function eapOf(
  eap: NonNullable<Read['eap']>,
  password: SecretRef | undefined,
  secrets: Secrets,
): EapProfile<SecretRef> {
  const {
    caCertFile,
    clientCertFile,
    privateKeyFile,
    privateKeyPassphrase,
    privateKeyPassphraseIsFsid: _,
    ...same
  } = eap;
  return {
    ...same,
    ...(password && { password }),
    ...(caCertFile !== undefined && { caCertificate: { path: caCertFile } }),
    ...(clientCertFile !== undefined && { clientCertificate: { path: clientCertFile } }),
    ...(privateKeyFile !== undefined && { privateKey: { path: privateKeyFile } }),
    ...(privateKeyPassphrase && { privateKeyPassphrase: secrets.keep(privateKeyPassphrase) }),
  };
}
