/** Answers of this page's life, by which the API is asked whether something has changed. Never on disk. */
export interface KeptAnswer {
  etag: string;
  text: string;
}

const MOST_KEPT = 60;
const MOST_CHARACTERS = 2_000_000;

export class KeptAnswers {
  private readonly kept = new Map<string, KeptAnswer>();

  of(url: string): KeptAnswer | undefined {
    return this.kept.get(url);
  }

  keep(url: string, answer: KeptAnswer): void {
    this.kept.delete(url);
    if (answer.text.length > MOST_CHARACTERS) return;
    this.kept.set(url, answer);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
  }

  forget(): void {
    this.kept.clear();
  }
}
