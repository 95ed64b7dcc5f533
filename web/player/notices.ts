/**
 * What changed in the past while somebody watched, said once and quietly.
 * Invariant: at most a few are kept; the same is not said twice in a row.
 */
import { signal } from '@preact/signals';

export interface Notice {
  readonly id: number;
  readonly text: string;
  /** The event it is about, where it can be shown. */
  readonly event?: string;
}
const KEPT = 3;

export class Notices {
  readonly list = signal<readonly Notice[]>([]);
  private last = 0;

  say(text: string, event?: string): void {
    if (this.list.peek().at(-1)?.text === text) return;
    const notice = { id: ++this.last, text, ...(event === undefined ? {} : { event }) };
    this.list.value = [...this.list.peek(), notice].slice(-KEPT);
  }

  dismiss(id: number): void {
    this.list.value = this.list.peek().filter((notice) => notice.id !== id);
  }

  clear(): void {
    if (this.list.peek().length > 0) this.list.value = [];
  }
}
