/**
 * A protocol or policy as data: all memory is in the state, all time, randomness and outside answers are in the event,
 * everything to be done is in the effects.
 */
export interface Step<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export type Machine<State, Event, Effect> = (state: State, event: Event) => Step<State, Effect>;
