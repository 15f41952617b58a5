/** A portal that takes name and password (WISPr; ConnMan rule 133): the user is asked, and a browser is for what that cannot do. */
import { agentErrors } from '@connman/contracts';
import type { AgentOutcome } from '../model/agent/agent-registry';
import type { AgentAsk } from '../model/agent/ask';
import type { LoginOutcome, LoginRequest, PortalVisit } from '../model/online/portal-login';
import type { Service } from '../model/service/service';
import type { Turn } from '../turn';
import { pathOf } from './check-path';

/** Then the page is left to a browser. */
const mostRefusals = 3;

export function askForBrowser(turn: Turn, service: string, url: string): void {
  turn.ask({ member: 'RequestBrowser', service, url }, callerOf(turn, service));
}

export function askForLogin(turn: Turn, service: string, portal: PortalVisit): void {
  const ask: AgentAsk = {
    member: 'RequestInput',
    service,
    fields: [
      { name: 'Username', type: 'string', requirement: 'mandatory' },
      { name: 'Password', type: 'passphrase', requirement: 'mandatory' },
    ],
    portal,
  };
  turn.ask(ask, callerOf(turn, service));
}

function callerOf({ world }: Turn, service: string): string | undefined {
  return world.services.get(service)?.connection?.caller;
}

/** What the user answered. */
export function absorbLoginInput(turn: Turn, service: Service, portal: PortalVisit, outcome: AgentOutcome): void {
  const { connection } = service;
  if (!connection) return;
  if (outcome.kind === 'error' && outcome.name === agentErrors.canceled) {
    turn.put({ ...service, connection: { ...connection, portalRefused: true } });
    return;
  }
  const { identity: username, passphrase: password } = (outcome.kind === 'reply' && outcome.input) || {};
  if (username !== undefined && password) {
    const { ipv4Url, ipv6Url } = turn.world.config.online;
    const origin = portal.family === 4 ? ipv4Url : ipv6Url;
    const path = pathOf(turn.world, service);
    turn.emit({ kind: 'portal-login', login: { ...portal, service: service.id, username, password, path, origin } });
  } else if (outcome.kind === 'reply' || outcome.kind === 'error') {
    // Also where the agent would rather have a browser (LaunchBrowser).
    askForBrowser(turn, service.id, portal.page);
  }
}

/** What the portal answered; true when the machine should be online now. */
export function absorbLoginOutcome(turn: Turn, login: LoginRequest, outcome: LoginOutcome): boolean {
  const { service: id, form, page, family } = login;
  const service = turn.world.services.get(id);
  if (!service?.connection) return false;
  if (outcome.kind === 'accepted') {
    turn.log('info', `${id}: logged in at the portal ${new URL(form.url).host}`);
    return true;
  }
  const refusals = login.refusals + 1;
  const isAskedAgain = outcome.kind === 'refused' && refusals < mostRefusals;
  const next = isAskedAgain ? 'asking the user again' : 'leaving the login to a browser';
  turn.log('warning', `${id}: login at the portal ${new URL(form.url).host} failed: ${outcome.reason}; ${next}`);
  if (isAskedAgain) askForLogin(turn, id, { form, page, family, refusals });
  else askForBrowser(turn, id, page);
  return false;
}
