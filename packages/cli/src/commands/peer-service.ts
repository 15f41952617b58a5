/** The command peer_service: what this host offers to its wifi peers. */
import { bytes, int32, type Properties, str } from '@connman/dbus';
import { type Client, patience } from '../client';
import { fine, missing, type Outcome, parseBoolean, parseCount, parseHex, wrong } from '../words';

/** The specification and the words after it. */
function parseSpecification(words: readonly string[]): { value: Properties; rest: readonly string[] } | undefined {
  const [kind, first, second, third] = words;
  switch (kind) {
    case 'bjr_query': {
      const query = parseHex(first);
      const response = parseHex(third);
      if (!query || second !== 'bjr_response' || !response) return undefined;
      return { value: { BonjourQuery: bytes(query), BonjourResponse: bytes(response) }, rest: words.slice(4) };
    }
    case 'upnp_service': {
      const version = parseCount(third);
      if (first === undefined || second !== 'upnp_version' || version === undefined) return undefined;
      return { value: { UpnpVersion: int32(version), UpnpService: str(first) }, rest: words.slice(4) };
    }
    case 'wfd_ies': {
      const elements = parseHex(first);
      return elements && { value: { WiFiDisplayIEs: bytes(elements) }, rest: words.slice(2) };
    }
    default:
      return undefined;
  }
}

export async function peerService(client: Client, words: readonly string[]): Promise<Outcome> {
  const [action, ...rest] = words;
  const specification = parseSpecification(rest);
  if (action === undefined) throw missing('register or unregister');
  if (action !== 'register' && action !== 'unregister') throw wrong(action, 'register or unregister');
  if (!specification)
    throw rest.length === 0 ? missing('the service') : wrong(rest.join(' '), 'the description of a service');
  const [masterWord, ...more] = specification.rest;
  const master = masterWord === undefined ? false : parseBoolean(masterWord);
  if (master === undefined || more.length > 0) throw wrong(specification.rest.join(' '), 'yes or no');
  const { value } = specification;
  const answer =
    action === 'register'
      ? client.manager.call('RegisterPeerService', [value, master], patience)
      : client.manager.call('UnregisterPeerService', [value], patience);
  await client.show(answer, () => `Peer service ${action}ed\n`, `${action}ing peer service`);
  return fine;
}
