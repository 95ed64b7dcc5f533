import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import type { RecordedEvent } from '../../events/event.js';
import { formatInstant } from '../../events/story-time.js';
import { resolveStory } from '../../events/resolve.js';
import { wikileaksTrumpJr } from '../../events/stories/wikileaks-trump-jr/index.js';
import { wordsIn } from '../../events/words.js';
import { fold } from '../../projections/projection.js';
import { unansweredRequests } from '../../projections/unanswered-requests.js';
import { type Lapsed, type Told, TRANSCRIPT_POLICY, type Transcript, toTranscript, type Withdrawn } from '../../src/exporters/transcript.js';
import { answer, claim, correction, followUp, hour, message, mooted, recorded, request, retraction, tweet } from '../support/drafts.js';

async function* each<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

/** A transcript of drafts, without a read model. */
function transcriptOf(drafts: readonly unknown[], more: Partial<Transcript> = {}): Transcript {
  const events = recorded(drafts);
  const byId = new Map(events.map((event) => [event.id, event]));
  const steps = resolveStory(events).filter(({ key }) => more.at === undefined || key[0] <= more.at);
  const view = unansweredRequests.view(
    fold(
      unansweredRequests,
      steps.filter(({ key }) => key[0] !== Infinity),
    ),
  );
  const happenings = steps.flatMap((step) => (step.kind === 'happening' ? [step] : []));
  const described = events.find((event) => event.type === 'StoryDescribed')?.data;
  const withdrawals = events.flatMap((event) => (event.type === 'EventRetracted' ? [event] : []));
  const placed = happenings.filter(({ event }) => event.occurredAt !== null);
  const entries = steps.flatMap((step): (Told | Lapsed)[] => {
    if (step.kind === 'mooted') return [{ kind: 'mooted', at: step.key[0], note: step.note }];
    if (step.kind !== 'happening') return [];
    const by = step.corrected === undefined ? undefined : byId.get(step.corrected.by);
    const withdrawn = withdrawals.flatMap((note): Withdrawn[] => {
      const what = byId.get(note.data.event) as RecordedEvent;
      return (what.data as { event?: string }).event === step.event.id ? [{ what, by: note }] : [];
    });
    return [{ kind: 'happening', happening: step, withdrawn, ...(by?.type === 'EventCorrected' ? { correction: by } : {}) }];
  });
  return {
    story: {
      id: 'a-story',
      title: described?.title ?? 'a-story',
      ...(described === undefined ? {} : { description: described.description }),
      participants: described?.participants ?? [],
      sources: described?.sources ?? [],
      doubts: described?.doubts ?? [],
      revision: events.length - 1,
      withoutEffect: 0,
    },
    words: wordsIn(described?.timeZone ?? 'UTC'),
    zone: described?.timeZone ?? 'UTC',
    span: placed.length === 0 ? undefined : { from: placed[0]?.event.occurredAt ?? '', to: placed.at(-1)?.event.occurredAt ?? '' },
    entries: each(entries),
    stands: (id) => happenings.some(({ event }) => event.id === id),
    asked(id) {
      for (const { event, notes } of happenings) for (const one of notes.requests) if (one.id === id) return { request: one, event };
      return undefined;
    },
    withdrawn: each(
      withdrawals.flatMap((by): Withdrawn[] => {
        const what = byId.get(by.data.event) as RecordedEvent;
        return what.type === 'MessageSent' || what.type === 'TweetPosted' ? [{ what, by }] : [];
      }),
    ),
    requests: { stale: false, totals: view.totals, rows: (standing) => each(view[standing]) },
    hasChanged: () => false,
    ...more,
  };
}

async function write(drafts: readonly unknown[], more: Partial<Transcript> = {}): Promise<string> {
  let text = '';
  for await (const part of toTranscript(transcriptOf(drafts, more))) text += part;
  return text;
}

/** Buffers of the streams between hold fewer articles than this. */
const MOST_AHEAD = 500;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
/** What a person reads of HTML. */
const read = (document: string) =>
  document
    .slice(document.indexOf('<body>'))
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] as string)
    .replace(/\s+/g, ' ');
const article = (document: string, id: string) => /<article [\s\S]*?<\/article>/.exec(document.slice(document.indexOf(`<article id="event-${id}"`)))?.[0] ?? '';

/** What is wrong where tags do not close as they open, an id stands twice, a link inside leads nowhere, or a heading skips a level. */
function faultsOf(document: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  for (const [tag, end, name = ''] of document.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (name === 'meta') continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) faults.push(`${tag} closes what is not open`);
  }
  faults.push(...open.map((name) => `<${name}> is left open`));
  const ids = [...document.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  if (new Set(ids).size < ids.length) faults.push('an id stands twice');
  for (const [, target] of document.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)) if (!ids.includes(target)) faults.push(`${target} leads nowhere`);
  const levels = [...document.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
  if (levels.filter((level) => level === 1).length !== 1) faults.push('not one h1');
  for (const [i, level] of levels.entries()) if (level > (levels[i - 1] ?? 0) + 1) faults.push(`h${level} after h${levels[i - 1]}`);
  return faults;
}

t.test('the built-in story, whole, in order and to be followed', async (t) => {
  const document = await write(wikileaksTrumpJr.drafts);
  t.strictSame(faultsOf(document), []);
  t.equal([...document.matchAll(/<article /g)].length, 46);
  t.match(document, /^<!doctype html>\n<html lang="en">/);
  t.notMatch(document, /<script|\son\w+=|\sstyle=|javascript:/i);
  const style = /<style>([\s\S]*?)<\/style>/.exec(document)?.[1] ?? '';
  t.ok(TRANSCRIPT_POLICY.includes(`'sha256-${createHash('sha256').update(style).digest('base64')}'`), 'its own style is let in');
  t.notMatch(read(document), /caused|because of/i);
  for (const doubt of wikileaksTrumpJr.drafts.flatMap((draft) => (draft.type === 'StoryDescribed' ? (draft.data.doubts ?? []) : [])))
    t.ok(read(document).includes(doubt.replace(/\s+/g, ' ')), doubt.slice(0, 40));

  const first = read(`<body>${article(document, 'wl-2016-09-20-putintrump')}`);
  t.match(first, /Private message: Wikileaks to Donald Trump Jr\./);
  t.match(first, /some time between 11:00 pm and 11:59 pm on September 20, 2016 \(“Just before the stroke of midnight on September 20, 2016”\)/);
  t.match(first, /“A PAC run anti-Trump site putintrump.org is about to launch”/);
  t.match(first, /Request of Wikileaks to Donald Trump Jr\.: Comment on the site putintrump\.org\. \(stated by The Atlantic\)/);
  t.match(first, /Claim, not established: The committee is a recycled one .* \(that it was claimed is stated by The Atlantic\)/);
  t.match(
    read(`<body>${article(document, 'tj-2016-09-21-ask-around')}`),
    /Answer to the request of Wikileaks to Donald Trump Jr\. “Comment on the site putintrump\.org\.”, after 8 to 13 hours \(“about 12 hours later”\)/,
  );
  t.match(
    read(`<body>${article(document, 'tj-2016-10-14-tweets-link')}`),
    /Followed the request of Wikileaks .* that it came after is all that is said \(stated by/,
  );
  t.match(read(document), /No longer open between 7:00 pm on November 8, 2016 and .*: the request of Wikileaks to Donald Trump Jr\. “If his father loses/);
  t.match(read(document), /At most 112 days in which nothing is recorded Tuesday, September 20, 2016/);
  t.match(document, /<h2 id="timeless">Without a time<\/h2>[\s\S]*<article id="event-putintrump-launched"[\s\S]*<h2 id="requests">/);
  t.match(
    read(document),
    /Requests Who asked what of whom, .* as of the end of the story, 11:59 pm EST on December 31, 2017: 9 unanswered, 2 answered, 2 no longer open\./,
  );
  t.match(document, /<caption>[\s\S]*<th scope="col">[\s\S]*<th scope="rowgroup" colspan="4">Unanswered \(9\)<\/th>[\s\S]*<th scope="row"/);
  t.match(read(document), /Followed by a public act of Donald Trump Jr\. after 1 to 3 days \(“two days later”\) \(stated by The Atlantic\)/);
});

t.test('what was corrected and what was withdrawn is named as such, with its grounds', async (t) => {
  const document = await write([
    message('m1', hour(1), { text: 'the wrong words' }),
    message('m2', hour(2), { from: 'bob', to: ['ann'] }),
    message('m3', hour(3), { text: 'never sent' }),
    request('r1', 'm1'),
    answer('a1', 'r1', 'm2'),
    claim('c1', 'm2', { claim: 'that it rained', basis: 'claimed', by: 'cyd' }),
    correction('fix', 'm1', { occurredAt: hour(0), data: { text: 'the right words' } }),
    retraction('x1', 'm3'),
    retraction('x2', 'c1'),
  ]);
  t.strictSame(faultsOf(document), []);
  const first = read(`<body>${article(document, 'm1')}`);
  t.match(
    first,
    /“the right words”.*Corrected \(stated by the-editor\)\. a source Before: at 1:00:00 am on March 1, 2020\. Before: ann to bob:“the wrong words”/,
  );
  t.match(
    read(`<body>${article(document, 'm2')}`),
    /Answer to the request of ann to bob “request r1”, after 2 hours \(stated by the-editor\).*Withdrawn: that it claims: “that it rained” \(claimed by cyd\) \(its withdrawal is stated by the-editor\)/,
  );
  t.equal(article(document, 'm3'), '', 'it does not stand among what happened');
  t.match(
    read(document),
    /Withdrawn This was recorded and taken back; it counts nowhere\. Withdrawn: private message of ann to bob, at 3:00:00 am .*“never sent” \(its withdrawal is stated by the-editor\)/,
  );
});

t.test('answers, claims, lapses and silences keep what is uncertain of them', async (t) => {
  const document = await write([
    message('m1', hour(9, 1), {
      requests: [
        { id: 'r1', text: 'Send it.' },
        { id: 'r2', text: 'Call me.' },
        { id: 'r3', text: 'Wait.' },
      ],
    }),
    message(
      'm2',
      null,
      { from: 'bob', to: ['ann'], inReplyTo: 'm1' },
      { when: { precision: 'day', earliest: hour(0, 4), latest: '2020-03-04T23:59:59.999Z' } },
    ),
    tweet('t1', hour(9, 20)),
    followUp('f1', 'r3', 't1', { afterStated: 'much later' }),
    mooted('x1', 'r2', hour(12, 20), { when: { precision: 'day' } }),
    message('undated', null, {}, { when: { earliest: hour(1) } }),
  ]);
  t.strictSame(faultsOf(document), []);
  t.match(read(document), /2 to 4 days in which nothing is recorded Wednesday, March 4, 2020/);
  t.match(read(document), /15 to 17 days in which nothing is recorded Friday, March 20, 2020/);
  t.match(read(`<body>${article(document, 'm2')}`), /Answer to the request of ann to bob “Send it\.”, after 2 to 4 days \(inferred by the rule in-reply-to\)/);
  t.match(read(`<body>${article(document, 't1')}`), /Followed the request of ann to bob “Wait\.”, after 19 days \(“much later”\)/);
  t.match(read(`<body>${article(document, 'undated')}`), /not dated: after 1:00 am on March 1, 2020/);
  t.match(read(document), /Answered after 2 to 4 days \(inferred by the rule in-reply-to\)/);
});

t.test('as of a moment it ends there, and says so', async (t) => {
  const drafts = [message('m1', hour(9), { requests: [{ text: 'Send it.' }] }), message('m2', hour(12), { from: 'bob', to: ['ann'] }), message('m3', null)];
  const at = Date.parse(hour(11));
  const document = await write([...drafts, answer('a1', 'm1#request-1', 'm2')], { at });
  t.notMatch(document, /event-m2|event-m3"/);
  t.match(read(document), /Told as of 11:00 am UTC on March 1, 2020: nothing after it stands here\./);
  t.match(read(document), /as of 11:00 am UTC on March 1, 2020: 1 unanswered, 0 answered, 0 no longer open.*Unanswered for 2 hours\./);
  t.match(read(document), /What has no time is left out/);
  t.match(read(await write(drafts, { at: Date.parse(hour(1)) })), /Nothing had happened by then/);
  t.match(read(await write([])), /Nothing in this story has a time\..*Nothing is recorded\..*No request is recorded\./);
  t.match(read(await write(drafts, { hasChanged: () => true })), /While this was written, something was recorded/);
});

t.test('whatever the story says stands there as text, in its own direction, and leads nowhere but to the web', async (t) => {
  const evil = `"><script>alert('x')</script><b onclick='y' a="\u0000\u001b\u202e`;
  const source = { title: evil, url: 'javascript:alert(1)', locator: evil, quote: evil, note: evil, digest: evil };
  const said = { by: evil, citation: source, note: evil };
  const links = ['https://example.org/?a=1&b="2"', 'HTTP://example.org', 'javascript:alert(1)', ' data:text/html,x', 'example.org', 'https://', evil];
  const document = await write(
    [
      {
        id: 'about',
        type: 'StoryDescribed',
        data: {
          title: evil,
          description: evil,
          timeZone: 'UTC',
          participants: [{ id: 'ann', name: evil, aliases: [evil], kind: 'person', description: evil }],
          sources: [{ id: 'source', title: evil, author: evil, publisher: evil, url: 'javascript:alert(1)', published: evil, note: evil }],
          doubts: [evil],
        },
      },
      message(
        'm "1" <é😀>',
        hour(1),
        { text: evil, subject: evil, channel: evil, links, editorial: [{ inserted: evil, after: evil, note: evil }] },
        {
          sources: [source, { id: 'source' }, { id: 'unknown' }, {}],
          when: { precision: 'second', stated: evil },
          disclosures: [{ to: 'cyd', at: hour(2), stated: evil }],
        },
      ),
      { id: 'act', type: 'ActionTaken', occurredAt: hour(3), data: { by: 'ann', action: evil, description: evil, words: evil, place: evil, links } },
      message('m3', hour(4), {
        text: '',
        pieces: [
          { text: evil, as: 'quoted' },
          { text: evil, as: 'paraphrased' },
        ],
      }),
      message('m4', hour(5), { text: 'שלום\nעולם' }),
      message('m5', hour(6)),
      request('r1', 'm "1" <é😀>', { text: evil, ...said }),
      answer('a1', 'r1', 'act', { afterStated: evil, ...said }),
      followUp('f1', 'r1', 'm3', { basis: 'inferred', rule: evil, ...said, by: evil }),
      claim('c1', 'act', { claim: evil, request: 'r1', about: 'm3', ...said }),
      mooted('x1', 'r1', hour(5), { reason: evil, ...said }),
      correction('fix', 'm3', { data: { text: evil } }),
      retraction('x2', 'm5'),
      retraction('x3', 'c1'),
    ],
    { zone: evil, zoneNote: evil, as: 'ann' },
  );
  t.strictSame(faultsOf(document), []);
  t.notMatch(document, /<script|<b onclick|javascript:alert\(1\)"/);
  for (const character of ['\u0000', '\u001b', '\u202e']) t.notOk(document.includes(character));
  t.match(document, '&quot;&gt;&lt;script&gt;');
  const followed = [...document.matchAll(/<a href="([^#][^"]*)"([^>]*)>/g)];
  t.strictSame([...new Set(followed.map(([, address]) => address))], ['https://example.org/?a=1&amp;b=&quot;2&quot;', 'HTTP://example.org']);
  for (const [, , rest] of followed) t.equal(rest, ' rel="noreferrer"');
  t.match(document, /<p dir="auto">“שלום\nעולם”<\/p>/);
  t.match(document, /<bdi>example\.org<\/bdi>/);
});

t.test('a story of 100,000 happenings is read as it is taken, and never held', async (t) => {
  const COUNT = 100_000;
  const [model] = resolveStory(recorded([message('m0', hour(1), { text: 'x'.repeat(200) })])) as [Told['happening']];
  let pulled = 0;
  async function* many(): AsyncGenerator<Told> {
    for (let i = 0; i < COUNT; i++) {
      pulled++;
      const at = Date.UTC(2020, 0, 1) + i * 60_000;
      const event = { ...model.event, id: `m${i}`, occurredAt: formatInstant(at) };
      yield { kind: 'happening', happening: { ...model, key: [at, 0, event.id], event } };
    }
  }
  const told = () => toTranscript(transcriptOf([], { entries: many(), stands: () => true }));

  const parts = told();
  let written = '';
  while (!written.includes('event-m9"')) written += (await parts.next()).value;
  t.equal(pulled, 10, 'as many as were asked for');
  await parts.return(undefined);

  pulled = 0;
  const stuck = Readable.from(told(), { objectMode: false });
  stuck.pipe(new Writable({ write() {} }));
  await wait(200);
  t.ok(pulled > 0 && pulled < MOST_AHEAD, `${pulled} were pulled for a reader that does not read on`);
  stuck.destroy();

  pulled = 0;
  let articles = 0;
  let most = 0;
  const slow = new Writable({
    write(chunk: Buffer, _encoding, done) {
      most = Math.max(most, pulled - articles);
      articles += chunk.toString('latin1').split('<article ').length - 1;
      setImmediate(done);
    },
  });
  await pipeline(Readable.from(told(), { objectMode: false }), slow);
  t.equal(pulled, COUNT);
  t.equal(articles, COUNT);
  t.ok(most < MOST_AHEAD, `it was ${most} ahead of its reader at most`);
});
