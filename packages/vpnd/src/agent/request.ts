/** What an agent is asked, and what its answer means (contract, "request_input_fields"). */
import { Secret } from '@connman/base';
import { bool, dict, type Properties, str, type Variant } from '@connman/dbus';
import { AgentRefusal, type InputField } from '../driver';
import type { Provider } from '../provider/provider';
import type { AgentAnswer } from './agents';

/** The dictionary of RequestInput. Values from a *.config file cannot be changed and are shown, passwords are not. */
export function requestFields(
  provider: Provider,
  fields: readonly InputField[],
  authFailure: string | undefined,
): Properties {
  const request = new Map<string, Variant>();
  const put = (name: string, type: string, requirement: string, value?: string | boolean) =>
    request.set(
      name,
      dict({
        Type: str(type),
        Requirement: str(requirement),
        ...(value !== undefined && { Value: typeof value === 'boolean' ? bool(value) : str(value) }),
      }),
    );
  put('Host', 'string', 'informational', provider.host);
  put('Name', 'string', 'informational', provider.name);
  if (authFailure !== undefined) put('VpnAgent.AuthFailure', 'string', 'informational', authFailure);
  for (const { name, setting = name, type, requirement, value } of fields) {
    const configured = provider.settings.get(setting);
    if (configured === undefined || configured === '-') put(name, type, requirement, value);
    else if (type === 'password') put(name, type, requirement, provider.origin ? '********' : undefined);
    else put(name, type, requirement, configured);
  }
  return request;
}

/** The values an agent gave. Throws AgentRefusal where it gave none. */
export function valuesOf(answer: AgentAnswer): ReadonlyMap<string, Secret> {
  switch (answer.kind) {
    case 'answer': {
      const values = new Map<string, Secret>();
      for (const [name, value] of answer.values) {
        const text = value.as('s') ?? value.as('b')?.toString();
        if (text !== undefined) values.set(name, new Secret(text));
      }
      return values;
    }
    case 'canceled':
      throw new AgentRefusal('canceled', 'canceled by the user');
    case 'no-agent':
      throw new AgentRefusal(
        'no-agent',
        'credentials are needed and no agent is registered to ask for them; use "connmanctl" with "vpnagent on", or put them into the settings',
      );
    case 'timeout':
      throw new AgentRefusal('timeout', 'the agent did not answer in time; connect again');
    case 'gone':
      throw new AgentRefusal('failed', 'the agent left before it answered; connect again');
    case 'withdrawn':
      throw new AgentRefusal('canceled', 'it was disconnected meanwhile');
    default:
      throw new AgentRefusal(
        'failed',
        `the agent answered with ${answer.kind === 'error' ? answer.name : answer.kind}`,
      );
  }
}
