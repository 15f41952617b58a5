/**
 * The prompt: lines in, commands run side by side, text that arrives meanwhile printed above the line being typed, and
 * questions of the agents in between. Loads readline, which a one-shot command never does.
 */
import readline from 'node:readline';
import type { Client, Terminal } from './client';
import { complete } from './completion';
import { helpText, runCommand, usageText } from './grammar';
import { KnownObjects } from './known-objects';
import { fitted } from './narrow';
import { jsonOption, UsageError } from './words';

const promptText = 'connmanctl> ';

interface Question {
  readonly text: string;
  readonly answer: (line: string | undefined) => void;
}

/** Not in Node's types: how many rows the cursor is below the prompt's first. */
interface Rows {
  prevRows: number;
}

export class Prompt implements Terminal {
  private readonly known = new KnownObjects();
  private readonly lines: readline.Interface;
  private readonly isTerminal: boolean;
  /** Whether the line can be drawn again: not on a terminal without cursor movement. */
  private readonly redraws: boolean;
  private readonly running = new Set<Promise<void>>();
  private question: Question | undefined;
  /** What had been typed when the first question came. */
  private typed = '';
  private left = false;
  private quit = false;
  private client: Client | undefined;
  private last: Promise<void> = Promise.resolve();
  /** A line has been entered and the next prompt is not out yet. */
  private betweenPrompts = false;
  /** Where text goes when no line is being typed. */
  private readonly plain: Terminal;
  /** Settles when the user has left and what was asked is answered. */
  readonly done: Promise<void>;

  constructor(plain: Terminal) {
    this.plain = plain;
    this.isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    this.redraws = this.isTerminal && process.env.TERM !== 'dumb';
    this.lines = readline.createInterface({
      input: process.stdin,
      ...(this.isTerminal ? { output: process.stdout } : {}),
      terminal: this.isTerminal,
      prompt: promptText,
      completer: (line: string): [string[], string] => {
        if (this.question) return [[], line];
        const { candidates, word } = complete(line, this.known);
        return [candidates, word];
      },
    });
    // Answers may be secrets, and are no commands.
    this.lines.on('history', (history: string[]) => {
      if (this.question) history.shift();
    });
    this.lines.on('line', (line) => this.entered(line));
    this.lines.on('SIGINT', () => this.lines.close());
    this.done = new Promise((resolve) => {
      this.lines.once('close', () => {
        // End of file leaves the cursor behind the prompt.
        if (this.isTerminal && !this.betweenPrompts) process.stdout.write('\n');
        this.left = true;
        this.question?.answer(undefined);
        if (this.isTerminal) resolve();
        else void this.last.then(async () => Promise.all(this.running)).then(() => resolve());
      });
    });
  }

  start(client: Client): void {
    this.client = client;
    this.known.follow(client);
    if (this.isTerminal) this.lines.prompt();
  }

  out(text: string): void {
    this.print(() => this.plain.out(text));
  }

  error(text: string): void {
    this.print(() => this.plain.error(text));
  }

  ask(text: string, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.lines.line) this.typed = this.lines.line;
      this.clearTyped();
      const over = (): void => {
        if (this.question === question) this.endQuestion(undefined);
      };
      const question: Question = {
        text,
        answer: (line) => {
          signal.removeEventListener('abort', over);
          resolve(line);
        },
      };
      this.question = question;
      signal.addEventListener('abort', over, { once: true });
      this.lines.setPrompt(text);
      if (this.isTerminal) this.lines.prompt();
    });
  }

  private endQuestion(line: string | undefined): void {
    const { question } = this;
    if (!question) return;
    this.question = undefined;
    this.clearTyped();
    this.lines.setPrompt(promptText);
    question.answer(line);
    // The dialogue may go on with the next question at once; only then is the command line not shown in between.
    setImmediate(() => {
      if (this.question || !this.isTerminal) return;
      this.lines.prompt();
      if (this.redraws && this.typed !== '') this.lines.write(this.typed);
      this.typed = '';
    });
  }

  private clearTyped(): void {
    if (this.redraws && this.lines.line) this.lines.write(null, { ctrl: true, name: 'u' });
  }

  private entered(line: string): void {
    if (this.question) return this.endQuestion(line);
    // From a script, one command follows the other; a person may start the next while one still waits.
    if (!this.isTerminal) {
      this.last = this.last.then(() => this.execute(line));
      return;
    }
    this.betweenPrompts = true;
    const run = this.execute(line).finally(() => this.running.delete(run));
    this.betweenPrompts = false;
    this.running.add(run);
    if (!this.left) this.lines.prompt();
  }

  private async execute(line: string): Promise<void> {
    const all = line.split(' ').filter((word) => word !== '');
    const [name, ...words] = all.filter((word) => word !== jsonOption);
    if (name === undefined || !this.client || this.quit) return;
    if (name === 'exit' || name === 'quit') {
      this.quit = true;
      return this.lines.close();
    }
    if (name === 'help') return this.out(fitted(helpText(false)));
    try {
      const hasJson = all.includes(jsonOption);
      await runCommand(hasJson ? this.client.withJson() : this.client, name, words, hasJson);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.error(usageText(name, error, this.client.options.compat));
    }
  }

  /** Above the line being typed, which is drawn again below. */
  private print(write: () => void): void {
    if (!this.redraws || this.betweenPrompts) return write();
    const { rows } = this.lines.getCursorPos();
    readline.moveCursor(process.stdout, 0, -rows);
    readline.cursorTo(process.stdout, 0);
    readline.clearScreenDown(process.stdout);
    write();
    (this.lines as unknown as Rows).prevRows = 0;
    this.lines.prompt(true);
  }
}
