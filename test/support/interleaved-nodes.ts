/**
 * Nodes over one log in one process, of which a scheduler says who goes next: real recorders, each with its own way to the log and
 * its own read model, and clients that write to any of them. What they were told is kept, with what the log had meanwhile.
 * Invariants: nothing sleeps, and one schedule gives one course of things; a node that crashes forgets everything but a beginning
 * of its read model, and whoever waited for it is not answered.
 * Unit: one story; ms of a clock that waits alone move.
 */
import type { Scheduler } from 'fast-check';
import type { StoryEvent } from '../../events/event.js';
import { HindcastError, isHindcastError } from '../../src/errors.js';
import { createRecorder, type Expectation, type Recorder, type Recording } from '../../src/recording/recorder.js';
import { FollowingModel } from './following-model.js';
import { type Life, type Luck, SharedLog, tapOf } from './shared-log.js';

export const STORY = 'shared';

/** What a client names of the story: nothing, where it is for real, where its node thinks that it is, or something else. */
export type Named = 'nothing' | 'head' | 'known' | 'beyond' | 'absent' | 'present';

export type Command =
  | { readonly do: 'append'; readonly node: number; readonly bundle: number; readonly named: Named }
  | { readonly do: 'crash'; readonly node: number; readonly kept: number }
  | { readonly do: 'lag'; readonly node: number; readonly steps: number }
  | { readonly do: 'drop'; readonly node: number };

/** An append as its author gives it and as it is read. */
export interface Bundle {
  readonly drafts: readonly unknown[];
  readonly events: readonly StoryEvent[];
}

export interface Plan {
  readonly nodes: number;
  readonly bundles: readonly Bundle[];
  /** What each client does, one after the other. */
  readonly clients: readonly (readonly Command[])[];
  /** Numbers from 0 to 15 that are read round and round: what is lost, and who gives up. */
  readonly luck: readonly number[];
  /** Sizes of slices, from 1, read round and round. */
  readonly slices: readonly number[];
  readonly batch: number;
}

/** What became of one append that was asked for. */
export interface Outcome {
  readonly node: number;
  readonly events: readonly StoryEvent[];
  readonly expected: Expectation;
  /** States of the log, by their number, when it was asked for and when it was answered. */
  readonly asked: number;
  readonly answered: number;
  /** Neither where it is not known whether it is stored. */
  readonly recording?: Recording;
  readonly refused?: string;
}

function roundAndRound<T>(values: readonly T[]): () => T {
  let i = 0;
  return () => values[i++ % values.length] as T;
}

/** In doubt: it may be stored or not. */
const IN_DOUBT: ReadonlySet<string> = new Set(['log-unavailable', 'not-yet', 'too-busy', 'shutting-down']);

class NodeLife implements Life {
  isOver = false;
  readonly recorder: Recorder;
  readonly model: FollowingModel;
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  private end: () => void = () => {};
  /** So many events its read model had after each commit, from its beginning. */
  readonly commits: number[];

  constructor(
    private readonly world: World,
    private readonly name: string,
    kept: number,
  ) {
    this.over = new Promise((resolve) => {
      this.end = resolve;
    });
    this.commits = [kept];
    const { plan, log, luck } = world;
    const isLost: Luck = (what) => luck() === (what === 'answer' ? 15 : what === 'request' ? 14 : what === 'read' ? 13 : 12);
    const delay = async (ms: number) => {
      this.check();
      world.now += ms;
      await this.step('a pause ends');
      this.check();
    };
    const now = () => world.now;
    this.model = new FollowingModel({
      log,
      life: this,
      kept,
      slice: roundAndRound(plan.slices),
      batch: plan.batch,
      isImpatient: () => luck() === 11,
      onSeen: (count) => {
        this.commits.push(count);
        world.seen.add(count);
      },
    });
    this.recorder = createRecorder(tapOf(log, { life: this, isLost, now, delay }), this.model, { now, random: () => 0, delay });
    void this.model.follow();
  }

  async step(label: string): Promise<void> {
    await this.world.scheduler.schedule(Promise.resolve(), `${this.name}: ${label}`);
  }

  check(): void {
    if (this.isOver) throw new HindcastError('shutting-down');
  }

  crash(): void {
    this.isOver = true;
    this.end();
    this.model.end();
  }
}

export class World {
  readonly log = new SharedLog();
  readonly outcomes: Outcome[] = [];
  /** How many events were in any read model at any commit. */
  readonly seen = new Set<number>();
  readonly luck: () => number;
  now = 0;
  private isCalm = false;
  private readonly nodes: NodeLife[];
  private lives: number;

  constructor(
    readonly scheduler: Scheduler,
    readonly plan: Plan,
  ) {
    const luck = roundAndRound(plan.luck);
    // When all has settled nothing is lost any more.
    this.luck = () => (this.isCalm ? 0 : luck());
    this.lives = plan.nodes;
    this.nodes = Array.from({ length: plan.nodes }, (_, i) => new NodeLife(this, `node ${i}`, 0));
  }

  /** Lets everything happen. Throws where somebody is never answered, or a read model does not come to the end of the log. */
  async run(): Promise<void> {
    let left = this.plan.clients.length;
    const failures: unknown[] = [];
    for (const [i, commands] of this.plan.clients.entries())
      this.client(`client ${i}`, commands).then(
        () => left--,
        (error: unknown) => failures.push(error),
      );
    await this.settle();
    if (failures.length > 0) throw failures[0];
    if (left > 0) throw new Error(`${left} clients wait for ever`);
    for (const [i, { model }] of this.nodes.entries())
      if (model.count !== this.log.events.length) throw new Error(`the read model of node ${i} has ${model.count} of ${this.log.events.length} events`);
  }

  /** Until nobody has anything to do. */
  private async settle(): Promise<void> {
    for (;;) {
      // Whatever follows from the step before has followed.
      await new Promise(setImmediate);
      if (this.scheduler.count() === 0) return;
      void this.scheduler.waitOne();
    }
  }

  /** What a node says to an append when all has settled. */
  async ask(node: number, drafts: readonly unknown[]): Promise<{ readonly recording?: Recording; readonly code?: string }> {
    this.isCalm = true;
    const asked = (this.nodes[node] as NodeLife).recorder.record(STORY, drafts).then(
      (recording) => ({ recording }),
      (error: { code?: string }) => ({ code: error.code ?? String(error) }),
    );
    await this.settle();
    return asked;
  }

  /** Ends every node. */
  close(): void {
    for (const node of this.nodes) node.crash();
  }

  private async client(name: string, commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      await this.scheduler.schedule(Promise.resolve(), `${name}: ${describe(command)}`);
      const node = this.nodes[command.node] as NodeLife;
      if (command.do === 'lag') node.model.slower(command.steps);
      else if (command.do === 'drop') node.model.drop();
      else if (command.do === 'crash') this.crash(command.node, command.kept);
      else await this.append(node, command);
    }
  }

  private crash(i: number, kept: number): void {
    const before = this.nodes[i] as NodeLife;
    before.crash();
    // What was kept is a commit of the life before: the last, an older one or none.
    this.nodes[i] = new NodeLife(this, `node ${this.lives++} for ${i}`, kept === 0 ? 0 : (before.commits.at(-kept) ?? 0));
  }

  private async append(node: NodeLife, { bundle, named, node: i }: Command & { readonly do: 'append' }): Promise<void> {
    const { drafts, events } = this.plan.bundles[bundle % this.plan.bundles.length] as Bundle;
    const expected = this.expectation(named, node);
    const asked = this.log.states.length - 1;
    const answer = await Promise.race([
      node.recorder.record(STORY, drafts, expected).then(
        (recording) => ({ recording }),
        (error: unknown) => {
          if (!isHindcastError(error)) throw error;
          return IN_DOUBT.has(error.code) ? {} : { refused: error.code };
        },
      ),
      node.over.then(() => ({})),
    ]);
    this.outcomes.push({ node: i, events, expected, asked, answered: this.log.states.length - 1, ...answer });
  }

  private expectation(named: Named, { model }: NodeLife): Expectation {
    if (named === 'nothing') return {};
    if (named === 'absent') return { absent: true };
    if (named === 'present') return { present: true };
    const revision = named === 'known' ? model.revision : this.log.events.length - (named === 'beyond' ? 0 : 1);
    return revision < 0 ? { absent: true } : { revision };
  }
}

function describe(command: Command): string {
  return Object.values(command).join(' ');
}
