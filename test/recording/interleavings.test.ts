/**
 * Every order in which two and three nodes over one log may do what they do: whatever is asked of them at once, lost on the way,
 * told late or forgotten in a crash, what they answer is so. What fails is printed with a seed and a path: given to `fc.assert`
 * they bring the same course of things again.
 */
import fc from 'fast-check';
import t from 'tap';
import { catalogue } from '../../events/catalogue.js';
import type { StoryEvent } from '../../events/event.js';
import { answer, claim, correction, hour, message, request, retraction } from '../support/drafts.js';
import { type Bundle, type Command, type Named, type Plan, World } from '../support/interleaved-nodes.js';
import { checkLaws } from '../support/interleaving-laws.js';

type Draft = { readonly id: string; readonly data: object };

const messages = (...ids: string[]): Draft[] => ids.flatMap((id) => [message(id, hour(1)), message(id, hour(1), { text: 'other words' })]);
const asking = (id: string, request: string): Draft => message(id, hour(2), { requests: [{ id: request, text: 'when?' }] });
const setting = (id: string, of: string, request: string): Draft => correction(id, of, { data: { requests: [{ id: request, text: 'why?' }] } });

/** What may be written: so little at a time that the same things are written again and again, and about what was just written. */
const THEMES: readonly (readonly Draft[])[] = [
  messages('m0', 'm1', 'm2', 'm3'),
  // What is about something, and what it is about.
  [...messages('m0', 'm1'), request('r0', 'm0'), claim('c0', 'm1'), answer('a0', 'r0', 'm1'), retraction('x0', 'm1')],
  // Requests inside messages, and what would take their ids.
  [message('m0', hour(1)), asking('h0', 'q0'), asking('h1', 'q0'), asking('q0', 'q1'), request('q0', 'm0'), answer('a0', 'q0', 'm0')],
  // Requests that a correction writes into a message.
  [
    message('m0', hour(1)),
    message('m1', hour(1)),
    setting('k0', 'm0', 'q0'),
    setting('k1', 'm1', 'q0'),
    asking('h0', 'q0'),
    setting('k2', 'h0', 'q0'),
    message('q0', hour(2)),
  ],
];

function bundleOf(drafts: readonly unknown[]): Bundle {
  const events = drafts.map((draft): StoryEvent => {
    const parsed = catalogue.parseDraft(draft, () => 'nameless');
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    return parsed.event;
  });
  return { drafts, events };
}

/** The drafts of one append: no id stands in it twice. */
function picked(theme: readonly Draft[], picks: readonly number[]): Draft[] {
  const taken = new Set<string>();
  return picks
    .map((pick) => theme[pick % theme.length] as Draft)
    .filter(({ id, data }) => {
      const { requests = [] } = data as { requests?: { id: string }[] };
      const ids = [id, ...requests.map((one) => one.id)];
      if (ids.some((one) => taken.has(one))) return false;
      for (const one of ids) taken.add(one);
      return true;
    });
}

const bundles: fc.Arbitrary<Bundle[]> = fc
  .record({ theme: fc.constantFrom(...THEMES), picks: fc.array(fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }) })
  .map(({ theme, picks }) => picks.map((one) => bundleOf(picked(theme, one))));

interface Size {
  readonly nodes: number;
  readonly clients: number;
  readonly commands: number;
}

function plan({ nodes, clients, commands }: Size): fc.Arbitrary<Plan> {
  const node = fc.nat(nodes - 1);
  const append = fc.record({
    do: fc.constant('append' as const),
    node,
    bundle: fc.nat(3),
    named: fc.oneof({ weight: 5, arbitrary: fc.constant<Named>('nothing') }, fc.constantFrom<Named[]>('head', 'known', 'beyond', 'absent', 'present')),
  });
  const trouble = fc.oneof(
    fc.record({ do: fc.constant('crash' as const), node, kept: fc.nat(3) }),
    fc.record({ do: fc.constant('lag' as const), node, steps: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('drop' as const), node }),
  );
  const command: fc.Arbitrary<Command> = fc.oneof({ weight: 5, arbitrary: append }, { weight: 2, arbitrary: trouble });
  return fc.record({
    nodes: fc.constant(nodes),
    bundles,
    clients: fc.array(fc.array(command, { minLength: 1, maxLength: commands }), { minLength: clients, maxLength: clients }),
    luck: fc.array(fc.nat(15), { minLength: 1, maxLength: 12 }),
    slices: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    batch: fc.integer({ min: 1, max: 4 }),
  });
}

async function holds(scheduler: fc.Scheduler, course: Plan): Promise<void> {
  const world = new World(scheduler, course);
  try {
    await world.run();
    await checkLaws(world);
  } finally {
    world.close();
  }
}

for (const [size, numRuns] of [
  [{ nodes: 2, clients: 2, commands: 3 }, 5_000],
  [{ nodes: 2, clients: 4, commands: 2 }, 3_000],
  [{ nodes: 3, clients: 3, commands: 4 }, 2_000],
] as const)
  t.test(`${size.nodes} nodes and ${size.clients} clients, in ${numRuns} orders`, async (t) => {
    await fc.assert(fc.asyncProperty(fc.scheduler(), plan(size), holds), { numRuns });
    t.pass('in every order');
  });
