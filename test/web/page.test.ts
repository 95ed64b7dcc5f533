/**
 * The page in a real browser, against the whole app as it is built: what a person sees when the story plays, is sought
 * and stepped through, and when the log or the connection changes meanwhile.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { type Browser, chromium, type Page } from 'playwright-core';
import t from 'tap';
import { readConfig } from '../../src/config.js';

const BUILT = fileURLToPath(new URL('../../dist/', import.meta.url));
const STORY = 'wikileaks-trump-jr';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const executablePath = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path));

type T = { testdir(): string; teardown(fn: () => unknown): void };

/** The app as it is shipped, sources and page: the sources alone know of no built page. */
async function serve(folder: string, port = 0) {
  const { createApp } = (await import(join(BUILT, 'src/app.js'))) as typeof import('../../src/app.js');
  const app = await createApp(readConfig({ PORT: String(port), HINDCAST_DATA: folder, LOG_LEVEL: 'silent' }), pino({ level: 'silent' }));
  return { app, address: await app.listen() };
}

const ms = (text: string) => String(Date.parse(text));
/** The newest of so many events on the stage: it is there as soon as the stage holds just these. */
const newestOf = (page: Page, events: number) => page.locator(`#feed[aria-busy=false] article[aria-posinset="1"][aria-setsize="${events}"]`);
const idOf = (page: Page) => page.locator('article').first().getAttribute('data-id');

async function happened(address: string, to: string): Promise<string[]> {
  const answer = await fetch(`${address}/stories/${STORY}/events?limit=1000&to=${encodeURIComponent(to)}`);
  return ((await answer.json()) as { events: { id: string }[] }).events.map((event) => event.id);
}

async function record(address: string, ...drafts: object[]): Promise<void> {
  const answer = await fetch(`${address}/stories/${STORY}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(drafts),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

function suite(browser: Browser): void {
  /** A page of its own app, and what the browser complains of. */
  const open = async (t: T, { hash = '', width = 1280, height = 800 } = {}) => {
    const folder = join(t.testdir(), 'data');
    const served = await serve(folder);
    t.teardown(() => served.app.close());
    const context = await browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    t.teardown(() => context.close());
    await page.goto(`${served.address}/${hash}`);
    await page.locator('#play:enabled').waitFor();
    return { ...served, folder, page, complaints };
  };

  t.test('it plays, is sought and stepped', async (t) => {
    const { page, address, complaints } = await open(t);
    t.equal(await page.locator('h1').textContent(), 'Wikileaks and Donald Trump Jr., September 2016 to July 2017');
    t.equal(await page.locator('article').count(), 0, 'nothing starts by itself');
    await page.selectOption('#pace', { label: '1 minute' });
    await page.locator('#play').click();
    await page.locator('article').first().waitFor();
    await page.locator('#line', { hasText: '81 days of silence, shortened to 5 seconds' }).waitFor();
    await page.locator('#unanswered li', { hasText: 'Comment on the site putintrump.org.' }).waitFor();
    // It plays on: the message is found by its words, wherever it stands by now.
    const asked = page.locator('article', { hasText: 'A PAC run anti-Trump site putintrump.org is about to launch' }).first();
    t.equal(await asked.locator('.kind').textContent(), 'private message');
    t.match(await asked.textContent(), /some time between 11:00 pm and 11:59 pm on September 20, 2016/);
    await page.locator('#play').click();
    await page.locator('body:not(.playing)').waitFor();

    const at = '2016-11-20T00:00:00-05:00';
    await page.locator('#scrubber').fill(ms(at));
    await page.locator('#moot li').nth(1).waitFor();
    const before = await happened(address, at);
    await newestOf(page, before.length).waitFor();
    t.equal(await idOf(page), before.at(-1));
    await page.keyboard.press('k');
    await page.locator('body.playing').waitFor();
    await page.keyboard.press('k');
    await page.locator('body:not(.playing)').waitFor();
    t.match(page.url(), /#t=2016-11-2\d/, 'a paused moment can be linked to');

    await page.locator('#back').click();
    await newestOf(page, before.length - 1).waitFor();
    t.equal(await idOf(page), before.at(-2), 'one of two events at one instant is gone');
    await page.locator('#forward').click();
    await newestOf(page, before.length).waitFor();
    t.equal(await idOf(page), before.at(-1));
    await page.locator('#restart').click();
    await page.locator('#counter', { hasText: 'Nothing has happened yet.' }).waitFor();
    await page.locator('#totals', { hasText: 'No requests yet' }).waitFor();
    t.same(complaints, []);
  });

  t.test('patches lead to the ledger that a seek shows', async (t) => {
    const { page, address, complaints } = await open(t);
    const all = await happened(address, '2018-01-01T00:00:00-05:00');
    for (let i = 1; i <= all.length; i++) {
      await page.keyboard.press('.');
      await newestOf(page, i).waitFor();
    }
    t.equal(await idOf(page), all.at(-1));
    const stepped = await page.locator('#ledger').textContent();
    t.match(stepped, /Followed by a public act of Donald Trump Jr. after/);
    t.match(stepped, /Claim of Donald Trump Jr., not established/);
    t.notMatch(stepped, /caused|because of/i);
    await page.locator('#scrubber').fill(ms('2016-10-03T23:59:59.999-04:00'));
    await newestOf(page, 13).waitFor();
    t.match(await page.locator('#feed').textContent(), /on October 3, 2016, hour not stated\s+“Two minutes later”/);
    await page.locator('#scrubber').fill(ms('2017-12-31T23:59:59.999-05:00'));
    await newestOf(page, all.length).waitFor();
    t.equal(await page.locator('#ledger').textContent(), stepped);
    t.same(complaints, []);
  });

  t.test('it opens where the address says, paused, on a phone too', async (t) => {
    const { page, address, complaints } = await open(t, { hash: '#t=2016-10-20T00:00:00%2B02:00', width: 390, height: 844 });
    await newestOf(page, (await happened(address, '2016-10-20T00:00:00+02:00')).length).waitFor();
    t.equal(await page.locator('#play-word').textContent(), 'Play');
    t.equal(await page.locator('#clock').textContent(), 'Wednesday, October 19, 2016 6:00 pm EDT');
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, 'nothing sticks out');
    t.same(complaints, []);
  });

  t.test('what is recorded meanwhile shows at its place, as text', async (t) => {
    const { page, address, complaints } = await open(t, { hash: '#t=2016-12-01T00:00:00Z' });
    const before = await happened(address, '2016-12-01T00:00:00Z');
    await newestOf(page, before.length).waitFor();
    const text = '<img src=x onerror="alert(1)"> <b>loud</b>';
    await record(address, {
      type: 'TweetPosted',
      id: 'late-one',
      occurredAt: '2016-10-20T12:00:00Z',
      data: { by: 'donald-trump', text, links: ['javascript:alert(1)'] },
    });
    const late = page.locator('article[data-id=late-one]', { hasText: 'recorded late' });
    await late.waitFor();
    t.match(await late.textContent(), text);
    t.equal(await late.getAttribute('aria-posinset'), String(before.length - before.indexOf('tj-2016-10-14-tweets-link')));
    t.equal(await page.locator('article img, article b:text("loud"), a[href^=javascript]').count(), 0);
    const about = { event: 'late-one', basis: 'stated', by: 'test', citation: { title: 'A test' } };
    await record(address, { type: 'EventCorrected', id: 'mended', data: { ...about, set: { data: { text: 'Mended.' } } } });
    await page.locator('article[data-id=late-one]', { hasText: '“Mended.”' }).locator('.label', { hasText: 'corrected' }).waitFor();
    await record(address, { type: 'EventRetracted', id: 'withdrawn', data: about });
    await newestOf(page, before.length).waitFor();
    t.same(complaints, []);
  });

  t.test('a lost connection is said and mended', async (t) => {
    const { app, page, address, folder } = await open(t, { hash: '#t=2016-12-01T00:00:00Z' });
    const before = await happened(address, '2016-12-01T00:00:00Z');
    await newestOf(page, before.length).waitFor();
    await app.close();
    await page.locator('#line', { hasText: 'The connection is lost. Trying again' }).waitFor();
    await newestOf(page, before.length).waitFor();
    const again = await serve(folder, Number(new URL(address).port));
    t.teardown(() => again.app.close());
    await page.locator('#line', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await page.locator('#forward').click();
    await newestOf(page, before.length + 1).waitFor();
    t.equal(await page.locator('#play-word').textContent(), 'Play', 'it is still paused');
  });
}

if (!existsSync(join(BUILT, 'web/index.html')) || !existsSync(join(BUILT, 'src/app.js'))) t.fail('The page is not built: run `npm run build` first.');
else if (executablePath !== undefined) {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  t.teardown(() => browser.close());
  suite(browser);
} else if (process.env.CI) t.fail('No Chromium is found, and in CI there must be one: the page was not tested.');
else t.pass('No Chromium is found: the page was not tested.', { skip: 'No Chromium is found: the page was not tested. CHROMIUM_PATH can name one.' });
