import { instant } from '@connman/base';
import { Agenda } from './agenda';

const agendaOf = () => new Agenda<string, number>((at) => instant(at));

test('a moment that is put off again and again leaves little behind, and comes once', () => {
  const agenda = agendaOf();
  let before: number | undefined;
  for (let at = 1000; at < 11_000; at++) {
    agenda.changed('lease', before, at);
    before = at;
  }
  expect(agenda.size).toBeLessThan(100);
  expect(agenda.next(instant(0))).toBe(10_999);
  expect(agenda.due(instant(10_998))).toEqual([]);
  expect(agenda.due(instant(10_999))).toEqual(['lease']);
  expect(agenda.due(instant(20_000))).toEqual([]);
});

test('what came and was given is not given again when stale entries are swept', () => {
  const agenda = agendaOf();
  agenda.changed('given', undefined, 5);
  expect(agenda.due(instant(10))).toEqual(['given']);
  let before: number | undefined;
  for (let at = 1000; at < 2000; at++) {
    agenda.changed('other', before, at);
    before = at;
  }
  expect(agenda.due(instant(999))).toEqual([]);
  expect(agenda.due(instant(3000))).toEqual(['other']);
});
