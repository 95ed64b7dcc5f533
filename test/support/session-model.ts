/**
 * A simple model of a replay: the whole story at hand, no windows, no waiting, no generations. What it sends, and when, the
 * session machine must send as well.
 * Unit: milliseconds.
 */
import type { Upcoming } from '../../src/replay/session-machine.js';

export interface ModelSettings {
  rate: number;
  idleMs: number;
  until: number | null;
  loop: { from: number; to: number } | null;
  follow: boolean;
  pauseOnChapter: boolean;
}

export interface Sent {
  readonly id: string;
  readonly due: number;
}

const DAY = 86_400_000;

export class SessionModel {
  mono = 1_000;
  status: 'playing' | 'paused' | 'ended' | 'live';
  at: number;
  /** Index of the first happening that has not been sent. */
  next = 0;
  pass = 1;
  readonly sent: Sent[] = [];
  private since = 1_000;

  constructor(
    private readonly story: readonly Upcoming[],
    readonly settings: ModelSettings,
    paused: boolean,
  ) {
    this.status = paused ? 'paused' : 'playing';
    this.at = settings.loop === null ? this.first : this.clamp(settings.loop.from);
    if (settings.loop !== null) this.next = this.indexFrom(settings.loop.from);
    this.play();
  }

  private get first(): number {
    return this.story[0]?.key[0] ?? 0;
  }
  private get last(): number {
    return this.story.at(-1)?.key[0] ?? 0;
  }
  private clamp(at: number): number {
    return Math.min(Math.max(at, this.first), this.last);
  }
  private instant(i: number): number {
    return this.story[i]?.key[0] ?? Infinity;
  }
  private indexFrom(at: number): number {
    const found = this.story.findIndex((step) => step.key[0] >= at);
    return found < 0 ? this.story.length : found;
  }
  private indexAfter(at: number): number {
    const found = this.story.findIndex((step) => step.key[0] > at);
    return found < 0 ? this.story.length : found;
  }

  /** How fast the clock goes in the gap it is in. */
  private get pace(): number {
    const to = this.instant(this.next);
    const from = this.next === 0 ? to : this.instant(this.next - 1);
    const { rate, idleMs } = this.settings;
    return (to - from) / rate > idleMs * (1 + 1e-9) ? (to - from) / idleMs : rate;
  }

  wait(ms: number): void {
    const end = this.mono + ms;
    this.play(end);
    // Between two happenings the clock has gone on.
    if (this.status === 'playing' && this.next < this.story.length) {
      const limit = Math.min(this.instant(this.next), this.settings.loop?.to ?? this.settings.until ?? Infinity);
      this.at = Math.max(this.at, Math.min(limit, this.at + (end - this.mono) * this.pace));
    }
    this.mono = end;
  }

  /** Sends what is due up to a monotonic instant, moving both clocks with each. */
  private play(end: number = this.mono): void {
    while (this.status === 'playing') {
      const { loop, until, pauseOnChapter } = this.settings;
      const instant = this.instant(this.next);
      const stop = loop?.to ?? Infinity;
      const isOver = this.next >= this.story.length;
      if (loop !== null && (isOver || instant >= stop)) {
        const goal = isOver ? Math.max(this.at, this.last) : stop;
        const due = Math.max(this.mono + Math.max(0, goal - this.at) / (isOver ? 1 : this.pace), this.since + 100);
        if (due > end) return;
        this.mono = due;
        this.pass++;
        this.next = this.indexFrom(loop.from);
        this.at = this.clamp(loop.from);
        this.since = due;
        continue;
      }
      const halt = loop === null && until !== null ? until : Infinity;
      if (isOver || halt < instant) {
        const goal = isOver ? this.at : Math.max(halt, this.at);
        const due = this.mono + (isOver ? 0 : (goal - this.at) / this.pace);
        if (due > end) return;
        this.mono = due;
        this.at = goal;
        const atEnd = until === null || this.at < until;
        this.status = this.settings.follow && until === null && loop === null && atEnd ? 'live' : 'ended';
        return;
      }
      const due = this.mono + Math.max(0, instant - this.at) / this.pace;
      if (due > end) return;
      this.mono = due;
      this.at = Math.max(this.at, instant);
      this.send(due);
      if (pauseOnChapter && this.story[this.next - 1]?.chapter === true) this.status = 'paused';
    }
  }

  private send(due: number): void {
    this.sent.push({ id: this.story[this.next]?.key[2] ?? '', due });
    this.next++;
  }

  command(name: 'play' | 'pause' | 'live'): void {
    const { loop, until, follow } = this.settings;
    if (name === 'pause') {
      if (this.status === 'playing' || this.status === 'live') this.status = 'paused';
    } else if (name === 'live') {
      this.settings.loop = null;
      this.status = 'live';
      this.land(this.story.length, this.last);
    } else {
      const more = this.next < this.story.length && (loop !== null || (until ?? Infinity) > this.at);
      if (!more && this.status === 'paused' && follow && until === null && loop === null) this.status = 'live';
      if (!more && this.status !== 'playing' && this.status !== 'live') {
        this.status = 'playing';
        this.pass++;
        this.land(0, this.first);
      } else if (this.status === 'paused' || this.status === 'ended') this.status = 'playing';
      this.play();
    }
  }

  private land(next: number, at: number): void {
    this.next = next;
    this.at = at;
    this.since = this.mono;
    if (this.status === 'ended') this.status = 'playing';
    this.play();
  }

  seek(at: number): void {
    if (this.status === 'live') this.status = 'playing';
    this.goTo(at);
  }

  private goTo(at: number): void {
    if (at < this.first) this.land(0, this.first);
    else if (at > this.last) this.land(this.story.length, this.last);
    else this.land(this.indexAfter(at), at);
  }

  set(changed: Partial<ModelSettings>): void {
    Object.assign(this.settings, changed);
    this.play();
  }

  loop(loop: { from: number; to: number } | null): void {
    this.settings.loop = loop;
    if (loop !== null) this.settings.follow = false;
    if (loop !== null && (this.status === 'ended' || this.status === 'live')) this.status = 'playing';
    if (loop !== null && (this.at < loop.from || this.at >= loop.to)) this.land(this.indexFrom(loop.from), this.clamp(loop.from));
    else this.play();
  }

  /** By chapter only forward. */
  step(unit: 'event' | 'day' | 'chapter', count: number): void {
    if (unit === 'day') {
      this.status = 'paused';
      return this.goTo(this.at + count * DAY);
    }
    if (unit === 'chapter') {
      this.status = 'paused';
      const ahead = this.story.flatMap((step, i) => (step.chapter === true && i >= this.next ? [i] : []));
      const found = ahead[count - 1];
      return found === undefined ? this.land(this.story.length, this.last) : this.land(found + 1, this.instant(found));
    }
    if (this.status !== 'ended' || count < 0) this.status = 'paused';
    if (count < 0) {
      const target = this.next - 1 + count;
      return target < 0 ? this.land(0, this.first) : this.land(target + 1, this.instant(target));
    }
    for (let left = count; left > 0; left--) {
      if (this.next >= this.story.length) {
        this.status = 'ended';
        break;
      }
      this.at = Math.max(this.at, this.instant(this.next));
      this.send(this.mono);
    }
  }
}
