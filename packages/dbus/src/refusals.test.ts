import { type Logger, silentLogger } from '@connman/base';
import { Refusals } from './refusals';

function refusals() {
  const logged: string[] = [];
  const log: Logger = { ...silentLogger, info: (text) => logged.push(text), warning: (text) => logged.push(text) };
  return { logged, refusals: new Refusals('ofonod', log) };
}

test('a refusal is logged once with its cause and the next step, again with another cause, and once when it is over', () => {
  const { logged, refusals: of } = refusals();
  for (const cause of ['busy', 'busy', 'no answer']) of.refused('Quectel', 'Online', new Error(cause), 'try again');
  for (let time = 0; time < 2; time++) of.granted('Quectel', 'Online');
  of.refused('Quectel', 'Online', new Error('busy'), 'try again');
  expect(logged).toEqual([
    'Quectel: ofonod refuses Online: busy; try again',
    'Quectel: ofonod refuses Online: no answer; try again',
    'Quectel: ofonod accepts Online',
    'Quectel: ofonod refuses Online: busy; try again',
  ]);
});

test('each object and each request has its own, and what was never refused is not worth a line', () => {
  const { logged, refusals: of } = refusals();
  of.refused('Quectel', 'Online', 'busy', 'try again');
  of.granted('Quectel', 'Powered');
  of.granted('Sierra', 'Online');
  expect(logged).toEqual(['Quectel: ofonod refuses Online: busy; try again']);
});
