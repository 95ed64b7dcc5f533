/**
 * The founding story against itself and against golden values that were checked by hand on the article.
 * The article is not here: every quoted word is held against the `quote` of the event's own sources.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { catalogue } from '../../../events/catalogue.js';
import type { Source } from '../../../events/envelope.js';
import { type Happening, isHappening, participantsOf, type StoryEvent } from '../../../events/event.js';
import { compareKeys, instantOf, lapse, offsetOf, type OrderKey, parseInstant, relativeFault } from '../../../events/story-time.js';
import { doubts } from '../../../events/stories/wikileaks-trump-jr/doubts.js';
import { wikileaksTrumpJr as story } from '../../../events/stories/wikileaks-trump-jr/index.js';
import { ROOT } from '../../support/places.js';

const PARAGRAPHS = 23;
const PUBLISHED_BY = '2017-12-31T23:59:59.999-05:00';

const events: StoryEvent[] = story.drafts.map((draft) => {
  const parsed = catalogue.parseDraft(draft, () => 'no id');
  if ('faults' in parsed) throw new Error(`${draft.id}: ${JSON.stringify(parsed.faults)}`);
  return parsed.event;
});
const byId = new Map(events.map((event) => [event.id, event]));
const happenings = events.filter(isHappening) as Happening[];
const happening = (id: string): Happening => {
  const event = byId.get(id);
  if (event === undefined || !isHappening(event)) throw new Error(`no happening ${id}`);
  return event;
};
const ofType = <T extends StoryEvent['type']>(type: T) => events.filter((event): event is Extract<StoryEvent, { type: T }> => event.type === type);
const description = ofType('StoryDescribed')[0];
const key = (event: Happening): OrderKey => [instantOf(event.occurredAt ?? ''), event.seq, event.id];
const placed = happenings.filter((event) => event.occurredAt !== null).sort((a, b) => compareKeys(key(a), key(b)));

/** A quote without the brackets that `editorial` records. */
function withoutEditorial(quote: string, editorial: readonly { inserted: string; after: string }[] = []): string {
  return editorial.reduce((text, { inserted, after }) => text.replace(`${after} ${inserted}`, after), quote);
}

t.test('every draft parses; every id is its own, and unique', (t) => {
  t.equal(story.id, 'wikileaks-trump-jr');
  t.equal(new Set(events.map((event) => event.id)).size, events.length);
  t.ok(story.drafts.every((draft) => draft.id !== undefined));
  t.equal(story.drafts[0]?.type, 'StoryDescribed');
  const count = (type: string) => events.filter((event) => event.type === type).length;
  t.strictSame(
    [
      'MessageSent',
      'TweetPosted',
      'ActionTaken',
      'RequestIdentified',
      'AnswerIdentified',
      'FollowUpIdentified',
      'RequestMooted',
      'ClaimIdentified',
      'EventCorrected',
      'EventRetracted',
    ].map(count),
    [14, 3, 29, 13, 2, 3, 2, 35, 0, 0],
  );
  t.equal(happenings.length, 46);
  t.end();
});

t.test('every happening says where it stands', (t) => {
  for (const event of happenings) {
    t.ok(event.sources.length > 0, event.id);
    for (const source of event.sources) {
      t.equal(source.id, 'atlantic');
      t.ok(
        source.paragraph !== undefined && source.paragraph >= 1 && source.paragraph <= PARAGRAPHS && source.quote !== undefined,
        `${event.id}: a paragraph and a quote`,
      );
    }
    const { stated } = event.when;
    if (stated !== null)
      t.ok(
        event.sources.some((source) => source.quote?.includes(stated)),
        `${event.id}: the stated time is quoted`,
      );
    if (event.when.precision !== 'unknown') t.not(stated, null, `${event.id}: what is dated says with what words`);
  }
  t.end();
});

t.test('quoted words are verbatim', (t) => {
  const inQuotes = (sources: readonly Source[], words: string, editorial: readonly { inserted: string; after: string }[] | undefined, paragraph?: number) =>
    sources.some((source) => (paragraph === undefined || source.paragraph === paragraph) && withoutEditorial(source.quote ?? '', editorial).includes(words));
  for (const event of happenings) {
    const editorial = event.data.editorial;
    for (const { inserted, after } of editorial ?? []) {
      t.ok(
        event.sources.some((source) => source.quote?.includes(`${after} ${inserted}`)),
        `${event.id}: ${inserted} stands after "${after}"`,
      );
    }
    if (event.type === 'ActionTaken') {
      for (const words of event.data.words?.split('\n') ?? []) t.ok(inQuotes(event.sources, words, editorial), `${event.id}: ${words}`);
      continue;
    }
    const { text, pieces, paraphrase } = event.data;
    const quoted = (pieces ?? []).filter((piece) => piece.as === 'quoted');
    t.equal(text, quoted.map((piece) => piece.text).join('\n'), `${event.id}: the text is its quoted pieces`);
    t.notMatch(text, /[[\]]|,$/mu, `${event.id}: no bracket of an editor, no comma of the article`);
    for (const piece of quoted) t.ok(inQuotes(event.sources, piece.text, editorial, piece.paragraph), `${event.id}: ${piece.text}`);
    if (text === '') t.ok(paraphrase !== undefined && event.data.incomplete === true, `${event.id}: no words, so a paraphrase`);
    if (paraphrase !== undefined) t.equal(event.data.incomplete, true, `${event.id}: told in part`);
    for (const link of event.data.links)
      t.ok(
        event.sources.some((source) => source.quote?.includes(link)),
        `${event.id}: ${link}`,
      );
  }
  const concede = happening('wl-2016-11-08-do-not-concede');
  t.match(concede.type === 'MessageSent' ? concede.data.text : '', /DOES NOT conceed and spends time CHALLENGING/u);
  const ambassador = happening('wl-2016-12-16-ambassador');
  t.match(
    ambassador.type === 'MessageSent' ? ambassador.data.text : '',
    /appoint Assange ambassador to DC\.\n‘That’s a real smart tough guy and the most famous australian you have!’/u,
  );
  t.end();
});

t.test('every relative time holds, by id and by clock', (t) => {
  for (const event of happenings) {
    const relative = event.when.relative;
    if (relative === undefined) continue;
    const to = happening(relative.to);
    t.equal(relativeFault(event, to), undefined, event.id);
    if (event.occurredAt !== null && (relative.offset === 'after' || relative.offset === 'before')) {
      t.equal(
        Math.sign(compareKeys(key(event), key(to))),
        relative.offset === 'after' ? 1 : -1,
        `${event.id} comes ${relative.offset} ${to.id} in story order`,
      );
    }
  }
  t.strictSame(
    happenings.filter(({ when: { relative } }) => /^(after|before)$/u.test(relative?.offset ?? '') && relative?.approximate === true).map(({ id }) => id),
    ['tj-2016-09-21-emails-officials'],
    'one order is not exact: two sentences of the article differ on it',
  );
  t.strictSame(
    happenings.flatMap(({ id, when: { relative } }) =>
      relative === undefined || /^(after|before)$/u.test(relative.offset) ? [] : [[id, relative.offset, relative.to, relative.approximate]],
    ),
    [
      ['tj-2016-09-21-ask-around', 'PT12H', 'wl-2016-09-20-putintrump', true],
      ['tj-2016-10-03-already-did', 'PT1H30M', 'wl-2016-10-03-push-story', false],
      ['tj-2016-10-03-wednesday-leak', 'PT2M', 'tj-2016-10-03-already-did', false],
      ['stone-2016-10-02-wednesday', '-P1D', 'tj-2016-10-03-wednesday-leak', false],
      ['tj-2016-10-14-tweets-link', 'P2D', 'wl-2016-10-12-tweet-this-link', false],
      ['nyt-2017-07-08-meeting-story', '-P3D', 'wl-2017-07-11-emails', false],
    ],
  );
  t.end();
});

t.test('the bounds allow every order that is stated, and hold to it where it is exact', (t) => {
  const low = ({ when }: Happening) => (when.earliest === null ? -Infinity : instantOf(when.earliest));
  const high = ({ when }: Happening) => (when.latest === null ? Infinity : instantOf(when.latest));
  for (const event of happenings) {
    const relative = event.when.relative;
    if (relative?.offset !== 'after' && relative?.offset !== 'before') continue;
    const to = happening(relative.to);
    const [earlier, later] = relative.offset === 'after' ? [to, event] : [event, to];
    const order = `${earlier.id}, then ${later.id}`;
    t.ok(high(later) >= low(earlier), `${order}: possible`);
    if (relative.approximate) continue;
    // Where nothing bounds one of the two from below, there is nothing to compare.
    if (Number.isFinite(low(earlier)) && Number.isFinite(low(later))) t.ok(low(later) >= low(earlier), `${order}: the later one begins no sooner`);
    t.ok(high(earlier) <= high(later), `${order}: the earlier one ends no later`);
  }
  const [first, answer] = [happening('wl-2016-09-20-putintrump'), happening('tj-2016-09-21-ask-around')];
  t.equal(low(answer) - low(first), (12 * 3_600_000 * 4) / 5, 'about 12 hours: no less than a fifth less');
  t.end();
});

t.test('the clocks are those of New York, on both sides of November 6, 2016', (t) => {
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', timeZoneName: 'longOffset' });
  const check = (text: string | null, where: string) => {
    if (text === null) return;
    const name = clock.formatToParts(instantOf(text)).find((part) => part.type === 'timeZoneName')?.value;
    t.equal(`GMT-0${offsetOf(text) / -60}:00`, name, `${where}: ${text}`);
  };
  for (const event of happenings) {
    check(event.occurredAt, event.id);
    check(event.when.earliest, event.id);
    check(event.when.latest, event.id);
    for (const { at } of event.disclosures ?? []) check(at, `${event.id}, disclosed`);
    if (event.occurredAt !== null || event.when.earliest !== null) t.equal(event.when.zone, 'America/New_York', event.id);
  }
  for (const { id, data } of ofType('RequestMooted')) check(data.at, id);
  t.equal(offsetOf(happening('wl-2016-10-21-tax-returns').occurredAt ?? ''), -240);
  t.equal(offsetOf(happening('wl-2016-11-08-do-not-concede').occurredAt ?? ''), -300);
  t.equal(offsetOf(happening('wl-2017-07-11-emails').occurredAt ?? ''), -240);
  t.equal(parseInstant(happening('wl-2016-11-08-do-not-concede').occurredAt ?? ''), Date.UTC(2016, 10, 8, 23, 35));
  t.equal(parseInstant(happening('wl-2017-07-11-emails').occurredAt ?? ''), Date.UTC(2017, 6, 11, 13, 29));
  t.end();
});

t.test('the story in its order', (t) => {
  t.strictSame(
    placed.map((event) => [event.id, event.occurredAt, event.undated === true]),
    [
      ['goldstone-helps-set-up-meeting', '2016-06-30T23:59:59.999-04:00', true],
      ['meeting-2016-06', '2016-06-30T23:59:59.999-04:00', false],
      ['putintrump-founded', '2016-09-20T23:59:00-04:00', true],
      ['putintrump-password-guessed', '2016-09-20T23:59:00-04:00', true],
      ['wl-2016-09-20-putintrump', '2016-09-20T23:59:00-04:00', false],
      ['tj-2016-09-21-ask-around', '2016-09-21T11:59:00-04:00', false],
      ['tj-2016-09-21-emails-officials', '2016-09-21T23:59:59.999-04:00', false],
      ['kushner-forwards-email', '2016-09-21T23:59:59.999-04:00', true],
      ['nyt-2016-10-01-tax-fragment', '2016-10-01T23:59:59.999-04:00', false],
      ['stone-2016-10-02-wednesday', '2016-10-02T23:59:59.999-04:00', false],
      ['wl-2016-10-03-push-story', '2016-10-03T22:27:59.999-04:00', false],
      ['tj-2016-10-03-already-did', '2016-10-03T23:57:59.999-04:00', false],
      ['tj-2016-10-03-wednesday-leak', '2016-10-03T23:59:59.999-04:00', false],
      ['trump-2016-10-10-rally', '2016-10-10T23:59:59.999-04:00', false],
      ['wl-stolen-documents-published', '2016-10-12T23:59:59.999-04:00', true],
      ['wl-podesta-emails-part-4', '2016-10-12T23:59:59.999-04:00', true],
      ['wl-2016-10-12-tweet-this-link', '2016-10-12T23:59:59.999-04:00', false],
      ['tj-2016-10-14-tweets-link', '2016-10-14T23:59:59.999-04:00', false],
      ['wl-2016-10-21-tax-returns', '2016-10-21T23:59:59.999-04:00', false],
      ['wl-2016-11-08-do-not-concede', '2016-11-08T18:35:00-05:00', false],
      ['fivethirtyeight-2016-11-08-odds', '2016-11-08T19:00:00-05:00', false],
      ['trump-wins-election', '2016-11-09T00:59:59.999-05:00', false],
      ['wl-2016-11-09-wow', '2016-11-09T00:59:59.999-05:00', false],
      ['assange-testimony-given', '2016-12-07T23:59:59.999-05:00', true],
      ['assange-2016-12-07-testimony-released', '2016-12-07T23:59:59.999-05:00', false],
      ['wl-2016-12-16-ambassador', '2016-12-16T23:59:59.999-05:00', false],
      ['wl-winter-spring-links', '2017-06-30T23:59:59.999-04:00', true],
      ['nyt-2017-07-08-meeting-story', '2017-07-08T23:59:59.999-04:00', false],
      ['tj-goldstone-emails', '2017-07-11T09:29:00-04:00', true],
      ['nyt-2017-07-11-emails-cited', '2017-07-11T09:29:00-04:00', false],
      ['wl-2017-07-11-emails', '2017-07-11T09:29:00-04:00', false],
      ['tj-2017-07-11-posts-emails', '2017-07-11T23:59:59.999-04:00', false],
      ['putintrump-joint-project', PUBLISHED_BY, true],
      ['congress-investigates', PUBLISHED_BY, true],
      ['congress-asks-for-documents', PUBLISHED_BY, true],
      ['special-counsel-inquiry', PUBLISHED_BY, true],
      ['manafort-indicted', PUBLISHED_BY, true],
      ['messages-turned-over', PUBLISHED_BY, true],
      ['atlantic-obtains-messages', PUBLISHED_BY, true],
      ['source-speaks', PUBLISHED_BY, true],
      ['atlantic-asks-for-comment', PUBLISHED_BY, true],
      ['futerfas-statement', PUBLISHED_BY, true],
      ['atlantic-publication', PUBLISHED_BY, true],
    ],
  );
  t.strictSame(
    happenings.filter((event) => event.occurredAt === null).map((event) => event.id),
    ['putintrump-launched', 'putintrump-funded', 'intelligence-accuses-kremlin'],
    'listed, never played',
  );
  t.end();
});

t.test('the requests, and what became of each', (t) => {
  const rows = ofType('RequestIdentified').map(({ id, data }) => [
    id,
    `${data.from ?? '?'} → ${data.to}`,
    happening(data.event).occurredAt,
    ofType('AnswerIdentified')
      .filter((a) => a.data.request === id)
      .map((a) => `answer ${a.data.event}`),
    ofType('FollowUpIdentified')
      .filter((f) => f.data.request === id)
      .map((f) => `followed by ${f.data.event}`),
    ofType('RequestMooted')
      .filter((m) => m.data.request === id)
      .map((m) => `moot ${m.data.at}`),
    ofType('ClaimIdentified')
      .filter((c) => c.data.request === id)
      .map((c) => `claim ${c.data.event}`),
  ]);
  const ask = 'wikileaks → donald-trump-jr';
  t.strictSame(rows, [
    [
      'request-comment-on-putintrump',
      ask,
      '2016-09-20T23:59:00-04:00',
      ['answer tj-2016-09-21-ask-around'],
      ['followed by tj-2016-09-21-emails-officials'],
      [],
      [],
    ],
    ['request-push-story', ask, '2016-10-03T22:27:59.999-04:00', [], [], [], ['claim tj-2016-10-03-already-did']],
    ['request-explain-wednesday-leak', 'donald-trump-jr → wikileaks', '2016-10-03T23:59:59.999-04:00', [], [], [], []],
    ['request-tweet-link', ask, '2016-10-12T23:59:59.999-04:00', [], ['followed by tj-2016-10-14-tweets-link'], [], []],
    ['request-leak-tax-returns', ask, '2016-10-21T23:59:59.999-04:00', [], [], [], []],
    ['request-leak-other-negative-stuff', ask, '2016-10-21T23:59:59.999-04:00', [], [], [], []],
    ['request-not-concede', ask, '2016-11-08T18:35:00-05:00', [], [], ['moot 2016-11-09T00:59:59.999-05:00'], []],
    ['request-challenge-result', ask, '2016-11-08T18:35:00-05:00', [], [], ['moot 2016-11-09T00:59:59.999-05:00'], []],
    ['request-assange-ambassador', ask, '2016-12-16T23:59:59.999-05:00', [], [], [], []],
    ['request-publish-emails', ask, '2017-07-11T09:29:00-04:00', [], ['followed by tj-2017-07-11-posts-emails'], [], []],
    ['request-documents', 'us-congress → trump-jr-lawyers', PUBLISHED_BY, ['answer messages-turned-over'], [], [], []],
    ['request-anonymity', 'congressional-source → the-atlantic', PUBLISHED_BY, [], [], [], []],
    ['request-wikileaks-comment', 'the-atlantic → wikileaks', PUBLISHED_BY, [], [], [], []],
  ]);
  t.strictSame(
    [...ofType('AnswerIdentified'), ...ofType('FollowUpIdentified')].map(({ id, data }) => [id, data.afterStated ?? null, data.basis]),
    [
      ['answer-ask-around', 'about 12 hours later', 'stated'],
      ['answer-documents', null, 'claimed'],
      ['follow-up-emails-officials', 'on the same day that Trump Jr. received the first message from Wikileaks', 'stated'],
      ['follow-up-tweets-link', 'two days later', 'stated'],
      ['follow-up-posts-emails', 'just hours later', 'stated'],
    ],
  );
  t.end();
});

t.test('how long things took is a range where the article leaves one', (t) => {
  const between = (from: string, to: string) => lapse(happening(from), happening(to));
  const hours = (n: number) => n * 3_600_000;
  const answer = between('wl-2016-09-20-putintrump', 'tj-2016-09-21-ask-around');
  t.equal(answer?.ms, hours(12));
  t.equal(answer?.minMs, hours(8.6) + 1, 'from the last instant of September 20 to 8:36 am');
  t.equal(answer?.maxMs, hours(13) - 1, 'from 11 pm to noon');
  t.strictSame(between('wl-2016-10-03-push-story', 'tj-2016-10-03-already-did'), { ms: hours(1.5), minMs: hours(1.5), maxMs: hours(1.5) });
  const posting = between('wl-2017-07-11-emails', 'tj-2017-07-11-posts-emails');
  t.ok((posting?.minMs ?? -1) >= 0 && (posting?.maxMs ?? Infinity) < hours(15));
  t.end();
});

t.test('annotations have targets, a source and a sensible order; none is inferred', (t) => {
  for (const event of events) {
    if (event.type === 'StoryDescribed' || isHappening(event)) continue;
    const { id, data } = event;
    t.ok(data.basis === 'stated' || data.basis === 'claimed', `${id}: nothing is inferred`);
    for (const source of [data.citation, ...event.sources]) {
      t.ok(source.id === 'atlantic' && source.paragraph !== undefined && source.paragraph <= PARAGRAPHS && source.quote !== undefined, `${id}: cited`);
    }
    const index = story.drafts.findIndex((draft) => draft.id === id);
    const targets = ['event', 'request', 'about'].flatMap((field) => ((data as Record<string, unknown>)[field] as string | undefined) ?? []);
    t.ok(targets.length > 0, id);
    for (const target of targets) {
      const at = story.drafts.findIndex((draft) => draft.id === target);
      t.ok(at >= 0 && at < index, `${id}: ${target} comes before it`);
    }
  }
  const asked = (request: string) => {
    const event = byId.get(request);
    if (event?.type !== 'RequestIdentified') throw new Error(`no request ${request}`);
    return event;
  };
  for (const { id, data } of [...ofType('AnswerIdentified'), ...ofType('FollowUpIdentified')]) {
    const request = asked(data.request);
    const [question, reply] = [happening(request.data.event), happening(data.event)];
    t.ok(compareKeys(key(question), key(reply)) < 0, `${id}: later than the request`);
    const { afterStated, citation } = data;
    if (afterStated !== undefined)
      t.ok(
        [citation, ...reply.sources].some((source) => source.quote?.includes(afterStated)),
        `${id}: the lapse is quoted`,
      );
  }
  for (const { id, data } of ofType('AnswerIdentified'))
    t.equal(participantsOf(happening(data.event))[0], asked(data.request).data.to, `${id}: by the addressee`);
  for (const { id, data } of ofType('RequestIdentified')) {
    const [from, ...others] = participantsOf(happening(data.event));
    t.equal(data.from, from, `${id}: asked by the author of the event`);
    t.ok(others.includes(data.to), `${id}: one addressee, who took part`);
  }
  for (const { id, data } of ofType('RequestMooted')) {
    t.ok(instantOf(data.at) > instantOf(happening(asked(data.request).data.event).occurredAt ?? ''), id);
    t.equal(data.at, happening(data.event ?? '').occurredAt, `${id}: when the event that took its object away is placed`);
    t.equal(data.when?.earliest, happening(data.event ?? '').when.earliest);
    t.equal(data.by, 'the editor of this story', `${id}: no conclusion of the article`);
    t.match(data.note, /states both premises.*the conclusion is the editor’s reading/u, id);
  }
  t.end();
});

t.test('who saw what, and since when', (t) => {
  const ids = new Set(description?.data.participants.map((participant) => participant.id));
  for (const event of happenings) {
    for (const id of participantsOf(event)) t.ok(ids.has(id), `${event.id}: ${id} is described`);
    for (const { to, at, event: by } of event.disclosures ?? []) {
      t.ok(to === 'public' || ids.has(to), `${event.id}: ${to} is described`);
      const disclosing = happening(by ?? '');
      t.equal(at, disclosing.occurredAt, `${event.id}: disclosed to ${to} when ${disclosing.id} is placed`);
      t.ok(event.occurredAt !== null && compareKeys(key(event), key(disclosing)) <= 0, `${event.id}: disclosed after it happened`);
    }
    if (event.visibility === 'private')
      t.ok(
        event.disclosures?.some(({ to }) => to === 'public'),
        `${event.id}: we know of it, so it became public`,
      );
    if (event.visibility === 'public') t.equal(event.disclosures, undefined, event.id);
  }
  const correspondence = happenings.filter((event) => event.type === 'MessageSent' && event.data.channel === 'Twitter direct message');
  t.equal(correspondence.length, 12);
  for (const event of correspondence) {
    t.equal(event.visibility, 'private');
    t.strictSame(new Set(participantsOf(event)), new Set(['wikileaks', 'donald-trump-jr']));
    t.strictSame(
      event.disclosures?.map(({ to, event: by }) => [to, by]),
      [
        ['trump-jr-lawyers', 'messages-turned-over'],
        ['us-congress', 'messages-turned-over'],
        ['the-atlantic', 'atlantic-obtains-messages'],
        ['public', 'atlantic-publication'],
      ],
    );
  }
  t.strictSame(happening('tj-2016-09-21-emails-officials').disclosures?.[0], {
    to: 'hope-hicks',
    at: '2016-09-21T23:59:59.999-04:00',
    event: 'kushner-forwards-email',
    stated: 'Kushner then forwarded the email',
  });
  t.end();
});

t.test('the chapters stand at placed happenings, in order', (t) => {
  const chapters = description?.data.chapters?.map(({ event }) => placed.findIndex((one) => one.id === event)) ?? [];
  t.equal(chapters.length, 13);
  t.notOk(chapters.includes(-1));
  t.strictSame(
    chapters,
    [...chapters].sort((a, b) => a - b),
  );
  t.end();
});

t.test('the doubts are listed with the events that carry them, here and in the README', (t) => {
  t.strictSame(
    description?.data.doubts,
    doubts.map(({ says }) => says),
  );
  for (const { says, events: carriers } of doubts) for (const id of carriers) t.ok(byId.has(id), `${id}: ${says}`);
  const readme = readFileSync(join(ROOT, 'events/stories/wikileaks-trump-jr/README.md'), 'utf8');
  const list = readme.slice(readme.indexOf('\n1. '));
  t.equal(
    list.trim(),
    doubts
      .map(
        ({ says, events: carriers }, i) =>
          `${i + 1}. ${says}\n   ${carriers.length === 0 ? 'every event with a time' : carriers.map((id) => `\`${id}\``).join(', ')}`,
      )
      .join('\n'),
  );
  t.end();
});
