/** What openvpn wants to know of the user, as fields of an agent's request, and the answers as its commands. */
import { Secret } from '@connman/base';
import type { Attempt, InputField } from '../../driver';
import {
  type Challenge,
  challengePassword,
  type PasswordRequest,
  passwordCommand,
  staticChallengePassword,
  usernameCommand,
} from './management';

const control: readonly InputField[] = [
  { name: 'AllowStoreCredentials', type: 'boolean', requirement: 'control', value: false },
  { name: 'AllowRetrieveCredentials', type: 'boolean', requirement: 'control', value: false },
  { name: 'KeepCredentials', type: 'boolean', requirement: 'control', value: true },
];

const keyFields: readonly InputField[] = [
  { name: 'OpenVPN.PrivateKeyPassword', type: 'password', requirement: 'mandatory' },
  { name: 'Enter Private Key password', type: 'string', requirement: 'informational' },
  ...control,
];

/** Rejects with AgentRefusal. */
export async function answerPassword(
  attempt: Attempt,
  request: PasswordRequest,
  challenge: Challenge | undefined,
): Promise<readonly string[]> {
  const { realm } = request;
  if (realm === 'Private Key') {
    const values = await attempt.ask(keyFields);
    return [passwordCommand(realm, need(values, 'OpenVPN.PrivateKeyPassword'))];
  }
  if (challenge) {
    const values = await attempt.ask(challengeFields(challenge.text, challenge.flags.includes('E')));
    const response = need(values, 'OpenVPN.ChallengeResponse').reveal();
    return [
      usernameCommand(realm, challenge.username),
      passwordCommand(realm, new Secret(challengePassword(challenge, response))),
    ];
  }
  const prefix = realm === 'Auth' ? 'OpenVPN.' : 'OpenVPN.Proxy';
  const fields: InputField[] = [
    { name: `${prefix}Username`, type: 'string', requirement: 'mandatory' },
    { name: `${prefix}Password`, type: 'password', requirement: 'mandatory' },
  ];
  if (request.challenge) fields.push(...challengeFields(request.challenge.text, request.challenge.echo));
  const values = await attempt.ask(fields);
  const password = need(values, `${prefix}Password`);
  const response = request.challenge && need(values, 'OpenVPN.ChallengeResponse').reveal();
  return [
    ...(request.needsUsername ? [usernameCommand(realm, need(values, `${prefix}Username`).reveal())] : []),
    passwordCommand(
      realm,
      response === undefined ? password : new Secret(staticChallengePassword(password.reveal(), response)),
    ),
  ];
}

function challengeFields(text: string, echo: boolean): readonly InputField[] {
  return [
    { name: 'OpenVPN.Challenge', type: 'string', requirement: 'informational', value: text },
    {
      name: 'OpenVPN.ChallengeResponse',
      type: echo ? 'string' : 'password',
      requirement: 'mandatory',
      once: true,
    },
  ];
}

function need(values: ReadonlyMap<string, Secret>, name: string): Secret {
  return values.get(name) ?? new Secret('');
}
