/** The command session: a connection of this client's own, with wishes about its bearer. */
import { notificationInterface } from '@connman/contracts';
import { type Bus, bool, type Exported, str, strings, type Variant } from '@connman/dbus';
import { type Client, patience } from '../client';
import { formatUpdate } from '../print';
import {
  alreadySo,
  errnoText,
  exitStatus,
  fine,
  invalid,
  missing,
  type Outcome,
  optionName,
  parseBoolean,
  wrong,
} from '../words';

/** A session that was asked for; without a path while the daemon has not answered. */
export interface Session {
  readonly notification: Exported<typeof notificationInterface>;
  path: string | undefined;
}

export interface Wishes {
  /** By property, as CreateSession and Change take them. */
  readonly settings: ReadonlyMap<string, Variant>;
  /** The first word that does not fit; those after it are not read. */
  readonly wrong: string | undefined;
}

const isOption = (word: string | undefined): boolean =>
  word !== undefined && ['bearers', 'type', 'ifname', 'srciprule', 'ctxid'].includes(optionName(word));

/** `contextKey`: CreateSession calls it ContextIdentifier, Change is sent `ctxid` as it stands. */
export function parseWishes(words: readonly string[], contextKey: string): Wishes {
  const rest = [...words];
  const settings = new Map<string, Variant>();
  const argument = () => (isOption(rest[0]) ? undefined : rest.shift());
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    switch (optionName(word)) {
      case 'bearers': {
        const bearers: string[] = [];
        for (let bearer = argument(); bearer !== undefined; bearer = argument()) bearers.push(bearer);
        settings.set('AllowedBearers', strings(bearers));
        break;
      }
      case 'type': {
        const type = argument();
        if (type === undefined) return { settings, wrong: word };
        settings.set('ConnectionType', str(type));
        break;
      }
      case 'ifname':
        settings.set('AllowedInterface', str(argument() ?? ''));
        break;
      case 'srciprule': {
        const on = parseBoolean(argument());
        if (on === undefined) return { settings, wrong: word };
        settings.set('SourceIPRule', bool(on));
        break;
      }
      case 'ctxid': {
        const context = argument();
        if (context === undefined) return { settings, wrong: word };
        settings.set(contextKey, str(context));
        break;
      }
      default:
        return { settings, wrong: word };
    }
  }
  return { settings, wrong: undefined };
}

/** The session of a connection outlives the command that began it. */
const sessions = new WeakMap<Bus, Session>();

export async function session(client: Client, words: readonly string[]): Promise<Outcome> {
  const [action, ...rest] = words;
  const known = () => sessions.get(client.bus);
  const own = known();
  switch (action) {
    case 'on':
      if (own) throw alreadySo('a session is on');
      await create(client, rest);
      return known() ? 'goes-on' : fine;
    case 'off':
      if (!own) throw alreadySo('no session is on');
      await destroy(client, own);
      return fine;
    case 'connect':
      if (!own) await create(client, rest);
      else await change(client, own, rest);
      await control(client, known(), 'Connect', 'connected');
      return known() ? 'goes-on' : fine;
    case 'disconnect':
    case 'config':
      if (!own) {
        client.out('Session does not exist\n');
        client.failed(exitStatus.failed);
      } else if (action === 'config') await change(client, own, rest);
      else await control(client, own, 'Disconnect', 'disconnected');
      return fine;
    case undefined:
      throw missing('what to do with the session');
    default:
      throw wrong(action, 'something to do with a session');
  }
}

function wishesOf(client: Client, words: readonly string[], contextKey: string): ReadonlyMap<string, Variant> {
  const { settings, wrong: unfit } = parseWishes(words, contextKey);
  if (unfit !== undefined) {
    client.out(`Error '${unfit}': ${errnoText(invalid)}\n`);
    client.failed(exitStatus.usage);
  }
  return settings;
}

async function create(client: Client, words: readonly string[]): Promise<void> {
  const settings = wishesOf(client, words, 'ContextIdentifier');
  const notification = client.bus.export(client.ownPath, notificationInterface, {
    Release: () => {
      client.out(`Session ${own.path} released\n`);
      forget(client, own);
    },
    Update: ([changed]) => client.out(formatUpdate(changed)),
  });
  const own: Session = { notification, path: undefined };
  sessions.set(client.bus, own);
  try {
    own.path = await client.manager.call('CreateSession', [settings, client.ownPath], patience);
    client.out(`Session ${own.path} created\n`);
  } catch (error) {
    client.tell('creating session', error);
    forget(client, own);
  }
}

function forget(client: Client, own: Session): void {
  own.notification.unexport();
  if (sessions.get(client.bus) === own) sessions.delete(client.bus);
}

async function destroy(client: Client, own: Session): Promise<void> {
  if (own.path === undefined) return;
  const answer = client.manager.call('DestroySession', [own.path], patience);
  await client.show(answer, () => `Session ${own.path} ended\n`, 'destroying session');
  forget(client, own);
}

async function control(
  client: Client,
  own: Session | undefined,
  method: 'Connect' | 'Disconnect',
  done: string,
): Promise<void> {
  if (own?.path === undefined) return;
  const answer = client.sessionAt(own.path).call(method, [], patience);
  await client.show(answer, () => `Session ${own.path} ${done}\n`);
}

async function change(client: Client, own: Session, words: readonly string[]): Promise<void> {
  const wishes = wishesOf(client, words, 'ctxid');
  const { path } = own;
  if (path === undefined) return;
  const answers = [...wishes].map(([name, value]) =>
    client
      .sessionAt(path)
      .call('Change', [name, value], patience)
      .catch((error: unknown) => client.tell(`setting session ${name}`, error)),
  );
  await Promise.all(answers);
}
