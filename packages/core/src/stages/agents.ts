/** Agents: what is asked of them, and what their answers do to services (ConnMan rules 23 to 26, 54, 134, 223 to 225). */
import { agentErrors } from '@connman/contracts';
import {
  type AgentEvent,
  type AgentInput,
  type AgentOutcome,
  type AgentRequest,
  stepAgents,
  type WithoutTime,
} from '../model/agent/agent-registry';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { absorbInput } from './ask-user';
import { checkAgain } from './check-online';
import { retry } from './lifecycle';
import { absorbLoginInput } from './portal-login';

/** An agent comes, goes or answers. */
export function absorbAgent(turn: Turn, input: AgentInput): void {
  step(turn, input);
}

/** Stage: what agents did not answer in time. */
export function endSilentAgents(turn: Turn): void {
  step(turn, { kind: 'timer' });
}

export function agentDeadlines({ agents, now }: World): Moments {
  return [agents.byDeadline.next(now)];
}

/** Stage: what this turn has to ask goes to the agents, and what it no longer needs to know is withdrawn. */
export function callAgents(turn: Turn): void {
  const { world, agentRequests } = turn;
  for (let next = agentRequests.shift(); next; next = agentRequests.shift()) {
    if (next.kind === 'cancel') {
      step(turn, next);
      continue;
    }
    const { inputMs, browserMs } = world.config.agentTimeouts;
    const { ask, sender } = next;
    const request: AgentRequest = {
      requestId: ++world.lastAgentRequest,
      ask,
      timeoutMs: ask.member === 'RequestBrowser' ? browserMs : inputMs,
      ...(sender !== undefined && { sender }),
    };
    step(turn, { kind: 'request', request });
  }
}

function step(turn: Turn, event: WithoutTime<AgentEvent>): void {
  const { world } = turn;
  for (const effect of stepAgents(world.agents, { ...event, at: world.now } as AgentEvent)) {
    if (effect.kind === 'finished') outcomeOf(turn, effect.request, effect.outcome);
    else if (effect.kind !== 'reply') turn.emit({ kind: 'agent', command: effect });
    else turn.reply([effect.operation], effect.error ? { ok: false, error: effect.error } : { ok: true });
  }
}

function outcomeOf(turn: Turn, { ask }: AgentRequest, outcome: AgentOutcome): void {
  const { world } = turn;
  const service = world.services.get(ask.service);
  if (!service) return;
  const refusal = outcome.kind === 'error' ? outcome.name : undefined;
  switch (ask.member) {
    case 'ReportError':
      if (refusal === agentErrors.retry) retry(turn, service);
      return;
    case 'RequestBrowser':
      if (outcome.kind === 'reply') {
        checkAgain(turn, service.id);
      } else if (refusal === agentErrors.canceled && service.connection) {
        turn.put({ ...service, connection: { ...service.connection, portalRefused: true } });
      }
      return;
    case 'RequestInput':
      if (ask.portal) return absorbLoginInput(turn, service, ask.portal, outcome);
      return absorbInput(turn, service, outcome);
  }
}
