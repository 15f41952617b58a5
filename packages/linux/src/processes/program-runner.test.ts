import { programRunner } from './program-runner';

const sh = programRunner.find('sh') ?? '';

test('a program gets its input and gives its output, its errors and its code', () => {
  const { code, output, errors } = programRunner.run(sh, ['-c', 'cat; echo no >&2; exit 3'], 'in\n');
  expect({ code, output, errors }).toEqual({ code: 3, output: 'in\n', errors: 'no\n' });
});

test('one that does not read its input, or is killed, is no error of ours', () => {
  expect(programRunner.run(sh, ['-c', 'exit 1'], 'x'.repeat(1_000_000)).code).toBe(1);
  expect(programRunner.run(sh, ['-c', 'kill -9 $$'], '').code).toBeUndefined();
});

test('nothing of the environment is inherited', () => {
  expect(programRunner.run(sh, ['-c', 'echo "$HOME"'], '').output).toBe('\n');
});

test('a program that does not exist is an OsError that names it', () => {
  expect(() => programRunner.run('/no/such/program', [], '')).toThrow(/no\/such\/program: spawn failed: ENOENT/);
  expect(programRunner.find('no-such-program')).toBeUndefined();
});
