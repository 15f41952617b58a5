import { ManualClock } from '../manual-clock';
import { ScriptedBus } from './scripted-bus';

test('what a program says because of what it had to say, once it goes on, comes after all of that', () => {
  const bus = new ScriptedBus(new ManualClock());
  const heard: unknown[] = [];
  bus.own('x', { call: () => {} });
  const say = (word: string) => bus.emit('x', '/', 'x.Words', 'Said', [word]);
  bus.subscribe({ interface: 'x.Words' }, 's', ([word]) => {
    heard.push(word);
    if (word === 'first') say('answer');
  });
  bus.hang('x', true);
  say('first');
  say('second');
  expect(heard).toEqual([]);
  bus.hang('x', false);
  expect(heard).toEqual(['first', 'second', 'answer']);
  say('third');
  expect(heard.at(-1)).toBe('third');
});
