// All values that were measured, by subject and figure.

export class Samples {
  readonly #values = new Map<string, Map<string, number[]>>();
  readonly #failures = new Map<string, number>();

  add(subject: string, figure: string, value: number): void {
    const figures = this.#values.get(subject) ?? new Map<string, number[]>();
    this.#values.set(subject, figures);
    figures.set(figure, [...(figures.get(figure) ?? []), value]);
  }

  failed(subject: string): void {
    this.#failures.set(subject, this.failures(subject) + 1);
  }

  failures(subject: string): number {
    return this.#failures.get(subject) ?? 0;
  }

  /** Figures of the given subjects in the order in which they were first taken. */
  figures(subjects: readonly string[]): string[] {
    return [...new Set(subjects.flatMap((subject) => [...(this.#values.get(subject)?.keys() ?? [])]))];
  }

  values(subject: string, figure: string): readonly number[] {
    return this.#values.get(subject)?.get(figure) ?? [];
  }

  median(subject: string, figure: string): number | undefined {
    const sorted = [...this.values(subject, figure)].sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }

  all(): object {
    return Object.fromEntries([...this.#values].map(([subject, figures]) => [subject, Object.fromEntries(figures)]));
  }
}
