/** The command config: one or more settings of a service, each sent as it stands on the line. */
import { bool, byte, dict, type Properties, str, strings, type Variant } from '@connman/dbus';
import { type Client, patience } from '../client';
import {
  errnoText,
  exitStatus,
  fine,
  invalid,
  nameIn,
  type Outcome,
  optionName,
  parseBoolean,
  parseCount,
} from '../words';

/** What one option asks for. */
export type Change =
  | { readonly kind: 'set'; readonly property: string; readonly value: Variant }
  | { readonly kind: 'remove' }
  /** A word that does not fit: ConnMan's client names options on stdout and missing methods on stderr. */
  | { readonly kind: 'wrong'; readonly word: string; readonly stream: 'out' | 'error' };

/** Takes its words from the front of `rest`; what it leaves is read as the next option. */
type Option = (rest: string[], word: string) => readonly Change[];

const set = (property: string, value: Variant): Change => ({ kind: 'set', property, value });
const wrongOption = (word: string): Change => ({ kind: 'wrong', word, stream: 'out' });

const takeAll =
  (property: string): Option =>
  (rest) => [set(property, strings(rest.splice(0)))];

const takeBoolean =
  (property: string): Option =>
  (rest, word) => {
    const value = parseBoolean(rest.shift());
    return [value === undefined ? wrongOption(word) : set(property, bool(value))];
  };

const privacyWords: Readonly<Record<string, string>> = { preferred: 'prefered', prefered: 'prefered' };

function privacyOf(word: string): string | undefined {
  const on = parseBoolean(word);
  if (on !== undefined) return on ? 'enabled' : 'disabled';
  return Object.hasOwn(privacyWords, word) ? privacyWords[word] : undefined;
}

const ipv4: Option = (rest) => {
  const words = rest.splice(0, 4);
  const names = ['Method', 'Address', 'Netmask', 'Gateway'];
  const entries = words.map((word, i) => [names[i] as string, str(word)] as const);
  return [set('IPv4.Configuration', dict(new Map(entries)))];
};

const ipv6: Option = (rest) => {
  const property = 'IPv6.Configuration';
  const method = rest.shift();
  // An empty configuration goes out all the same: the daemon then says what it thinks of it.
  const wrong = (word: string): Change[] => [{ kind: 'wrong', word, stream: 'error' }, set(property, dict({}))];
  if (method === 'auto') {
    const word = rest.shift();
    const privacy = word === undefined ? undefined : privacyOf(word);
    if (word !== undefined && privacy === undefined) return wrong(word);
    return [
      set(
        property,
        dict(privacy === undefined ? { Method: str(method) } : { Privacy: str(privacy), Method: str(method) }),
      ),
    ];
  }
  if (method === 'off') return [set(property, dict({ Method: str(method) }))];
  if (method !== 'manual') return wrong(method ?? '(null)');
  const [address, length, gateway] = rest.splice(0, 3);
  const values = new Map<string, Variant>();
  if (address !== undefined) values.set('Address', str(address));
  if (length !== undefined) {
    const bits = parseCount(length);
    if (bits === undefined || bits > 128) return [wrongOption(length)];
    values.set('PrefixLength', byte(bits));
  }
  if (gateway !== undefined) values.set('Gateway', str(gateway));
  return [set(property, dict(values.set('Method', str(method))))];
};

const proxy: Option = (rest) => {
  const configured = (value: Properties) => set('Proxy.Configuration', dict(value));
  const method = rest.shift();
  switch (method) {
    case 'direct':
      return [configured({ Method: str(method) })];
    case 'auto': {
      const url = rest.shift();
      return [configured(url === undefined ? { Method: str(method) } : { URL: str(url), Method: str(method) })];
    }
    case 'manual': {
      const words = rest.splice(0);
      const split = words.indexOf('--excludes');
      const servers = split < 0 ? words : words.slice(0, split);
      const excludes = split < 0 ? [] : words.slice(split + 1);
      return [configured({ Servers: strings(servers), Excludes: strings(excludes), Method: str(method) })];
    }
    default:
      return method === undefined ? [configured({})] : [wrongOption(method), configured({})];
  }
};

/** Any word: the daemon knows which ones there are. */
const macAddress: Option = (rest, word) => {
  const policy = rest.shift();
  return [policy === undefined ? wrongOption(word) : set('MACAddressPolicy', str(policy))];
};

/** Any word, as above. */
const dataBudget: Option = (rest, word) => {
  const budget = rest.shift();
  return [budget === undefined ? wrongOption(word) : set('DataBudget', str(budget === 'none' ? '' : budget))];
};

/** Any word, as above. */
const metered: Option = (rest, word) => {
  const choice = rest.shift();
  return [choice === undefined ? wrongOption(word) : set('Metered', str(choice))];
};

/** As ip-route(8) has them: a network, perhaps with the word via and a gateway behind it. */
const routes: Option = (rest) => {
  const entries: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word !== 'via') entries.push(word);
    else entries.push(`${entries.pop() ?? ''} via ${rest.shift() ?? ''}`);
  }
  return [set('Routes.Configuration', strings(entries))];
};

const options: Readonly<Record<string, Option>> = {
  nameservers: takeAll('Nameservers.Configuration'),
  timeservers: takeAll('Timeservers.Configuration'),
  domains: takeAll('Domains.Configuration'),
  mdns: takeBoolean('mDNS.Configuration'),
  autoconnect: takeBoolean('AutoConnect'),
  ipv4,
  ipv6,
  proxy,
  'mac-address': macAddress,
  'data-budget': dataBudget,
  metered,
  routes,
  remove: () => [{ kind: 'remove' }],
};

/** A word with dashes ends the words of the option before it; only the excludes are the proxy's own. */
function endsOption(word: string): boolean {
  return word.startsWith('--') && word !== '--excludes';
}

/** The changes a line asks for, in its order. */
export function parseConfig(words: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  const line = [...words];
  while (line.length > 0) {
    const end = line.findIndex((word, i) => i > 0 && endsOption(word));
    const rest = line.splice(0, end < 0 ? line.length : end);
    for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
      const name = optionName(word);
      const option = Object.hasOwn(options, name) ? options[name] : undefined;
      changes.push(...(option ? option(rest, word) : [wrongOption(word)]));
    }
  }
  return changes;
}

export async function config(client: Client, words: readonly string[]): Promise<Outcome> {
  const [first, ...rest] = words;
  const name = nameIn(first, 'a service');
  const service = client.service(name);
  const answers: Promise<void>[] = [];
  for (const change of parseConfig(rest)) {
    if (change.kind === 'wrong') {
      if (change.stream === 'out') client.out(`Error '${change.word}': ${errnoText(invalid)}\n`);
      else client.terminal.error(`Error ${change.word}: ${errnoText(invalid)}\n`);
      if (!client.options.compat)
        client.terminal.error(`  "${change.word}" is not a setting; connmanctl help lists them\n`);
      client.failed(exitStatus.usage);
      continue;
    }
    const answer =
      change.kind === 'remove'
        ? service.call('Remove', [], patience)
        : service.call('SetProperty', [change.property, change.value], patience);
    answers.push(answer.catch((error: unknown) => client.tell(name, error)));
  }
  // All are sent at once and all answers are waited for: ConnMan's client leaves at the first and loses later errors.
  await Promise.all(answers);
  return fine;
}
