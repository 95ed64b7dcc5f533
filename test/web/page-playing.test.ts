/** The page in a real browser: it plays, is sought, stepped, made faster, and driven by keys alone. */
import { join } from 'node:path';
import t from 'tap';
import type { RequestRow, UnansweredRequests } from '../../web/player/views.js';
import { at, drag, happened, holds, inBrowser, isAt, newest, PHONE, ready, STORY, says, serve, status, unanswered, visit } from './support.js';

const END = '2018-01-01T00:00:00-05:00';

await inBrowser((browser) => {
  t.test('it plays when it is asked to, and says what is unanswered', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address);
    await ready(page);
    t.equal(await page.locator('h1').textContent(), 'Wikileaks and Donald Trump Jr., September 2016 to July 2017');
    t.equal(await page.locator('article').count(), 0, 'nothing starts by itself');
    await page.locator('#unanswered-count', { hasText: /^0$/ }).waitFor();
    await page.selectOption('#pace', { label: 'Story in 1 minute' });
    await page.locator('#play').click();
    await status(page, 'playing');
    await page.locator('article').first().waitFor();
    await page.locator('#line', { hasText: '81 days of silence, shortened to 5 seconds' }).waitFor();
    const asked = page.locator('article', { hasText: 'A PAC run anti-Trump site putintrump.org is about to launch' }).first();
    await asked.waitFor();
    t.equal(await asked.locator('.kind').textContent(), 'private message');
    t.match(await asked.textContent(), /some time between 11:00 pm and 11:59 pm on September 20, 2016/);
    await page.locator('#play').click();
    await status(page, 'paused');
    // At that pace it is open for a blink: step by step it can be seen.
    await page.locator('#scrubber').press('Home');
    await holds(page, 0);
    const until = (await happened(served, END)).indexOf('wl-2016-09-20-putintrump') + 1;
    for (let i = 1; i <= until; i++) {
      await page.locator('#forward').click();
      await holds(page, i);
    }
    await unanswered(page).filter({ hasText: 'Comment on the site putintrump.org.' }).waitFor();

    // A hand on the scrubber.
    await drag(page, 0.5);
    await isAt(page, 0.5, 0.02);
    await page.waitForURL(/#t=2017-0[34]/);
    await isAt(page, 0.5, 0.02);
    await says(page, '#scrubber', 'aria-valuetext', /^(March|April) \d+, 2017, .*; nothing for at least \d+ days; chapter 8: An ambassador from Australia/);
    t.same(complaints, []);
  });

  t.test('each step shows what a seek shows', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address);
    await ready(page);
    const all = await happened(served, END);
    await page.locator('#play').focus();
    for (let i = 1; i <= all.length; i++) {
      await page.keyboard.press('.');
      await holds(page, i);
    }
    t.equal(await newest(page), all.at(-1));
    const { state } = await served.get<{ state: UnansweredRequests }>(`/stories/${STORY}/projections/unanswered-requests?at=${END}`);
    const outcomesOf = ({ answer, possibleAnswer, mootedBy, followUps, claims = [] }: RequestRow) =>
      [answer, possibleAnswer, mootedBy].filter((one) => one !== undefined).length + followUps.length + claims.length;
    const outcomes = [...state.unanswered, ...state.answered, ...state.moot].reduce((sum, row) => sum + outcomesOf(row), 0);
    /** The end of the story, with all that is known by then. */
    const atEnd = async () => {
      await holds(page, all.length);
      await isAt(page, 1);
      await page.locator('#unanswered-count', { hasText: /^9$/ }).waitFor();
      await page.waitForFunction((outcomes) => document.querySelectorAll('#ledger .outcome').length === outcomes, outcomes);
    };
    await atEnd();
    const stepped = await page.locator('#ledger').textContent();
    t.match(stepped, /Followed by a public act of Donald Trump Jr\. after 1 to 3 days/);
    t.match(stepped, /Claim of Donald Trump Jr\., not established/);
    t.match(stepped, /claimed by Alan Futerfas/);
    t.notMatch(stepped, /caused|because of/i);
    await page.keyboard.press(',');
    await holds(page, all.length - 1);
    t.equal(await newest(page), all.at(-2), 'one of two events at one instant is gone');
    await page.locator('#scrubber').press('Home');
    await holds(page, 0);
    await page.locator('#unanswered-count', { hasText: /^0$/ }).waitFor();
    await page.locator('#scrubber').press('End');
    await atEnd();
    t.equal(await page.locator('#ledger').textContent(), stepped);
    t.match(await page.locator('#feed').textContent(), /At most 112 days of silence/);
    t.same(complaints, []);
  });

  t.test('by keys alone', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address, { path: `/${at('2016-10-20T00:00:00-04:00')}` });
    await ready(page);
    await page.keyboard.press('k');
    t.equal(await page.locator('body').getAttribute('data-status'), 'paused', 'keys belong to the focused player');
    await page.keyboard.press('Tab');
    t.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the controls');
    await page.keyboard.press('Enter');
    await page.locator('#play:focus').waitFor();
    await page.keyboard.press('Enter');
    await status(page, 'playing');
    await page.keyboard.press('k');
    await status(page, 'paused');
    await page.keyboard.press(']');
    await page.locator('#clock', { hasText: 'Friday, October 21, 2016' }).waitFor();
    await page.keyboard.press('[');
    await page.locator('#clock', { hasText: 'Wednesday, October 12, 2016' }).waitFor();
    await page.keyboard.press('5');
    await page.locator('#clock', { hasText: '2017' }).waitFor();
    const rate = () => page.locator('#pace').inputValue();
    t.equal(await rate(), 'fit:180');
    await page.keyboard.press('>');
    await page.waitForFunction(() => (document.querySelector('#pace') as HTMLSelectElement).value.startsWith('rate:'));
    const twice = Number((await rate()).split(':')[1]);
    await page.keyboard.press('<');
    await page.waitForFunction((from) => Math.abs(Number((document.querySelector('#pace') as HTMLSelectElement).value.split(':')[1]) - from / 2) < 1, twice);
    await page.keyboard.press('0');
    await holds(page, 0);
    await page.keyboard.press('l');
    // Ten of the twelve seconds that the first silence lasts.
    await page.locator('#clock', { hasText: 'September' }).waitFor();
    await page.keyboard.press('?');
    await page.locator('#help-title').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#help-title').waitFor({ state: 'detached' });
    await page.locator('#scrubber').press('End');
    await holds(page, (await happened(served, END)).length);
    await page.locator('#feed').press('PageUp');
    const place = () => page.evaluate(() => Number(document.activeElement?.closest('article')?.getAttribute('aria-posinset')));
    const here = await place();
    await page.keyboard.press('PageUp');
    t.equal(await place(), here - 1);
    await page.keyboard.press('PageDown');
    t.equal(await place(), here);
    t.same(complaints, []);
  });

  t.test('pace, silences, loop, live, zone', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address, { path: `/${at('2016-09-21T12:00:00-04:00')}`, timezoneId: 'Europe/Berlin' });
    await ready(page);
    await page.selectOption('#pace', 'rate:86400');
    await page.waitForURL(/rate=86400/);
    await page.locator('#shorten').uncheck();
    await page.locator('label:has(#shorten)[title*="as long as they did"]').waitFor();
    await page.locator('#clock', { hasText: '12:00 pm EDT' }).waitFor();
    await page.selectOption('#zone', 'Europe/Berlin');
    await page.locator('#clock', { hasText: '6:00 pm GMT+2' }).waitFor();
    await page.locator('#loop').click();
    await page.locator('#loop', { hasText: 'A – set B' }).waitFor();
    await page.locator('#forward').click();
    await page.locator('#forward').click();
    // A loop ends behind where it begins.
    await page.locator('#clock', { hasText: '6:00 pm GMT+2' }).waitFor({ state: 'detached' });
    await page.locator('#loop').click();
    await page.locator('#loop', { hasText: 'Looping' }).waitFor();
    await page.locator('#loop').click();
    await page.locator('#loop', { hasText: 'Loop A–B' }).waitFor();
    await page.locator('#live').click();
    await status(page, 'live');
    await served.record('wikileaks-trump-jr', {
      type: 'TweetPosted',
      id: 'afterwards',
      occurredAt: '2019-01-01T00:00:00Z',
      data: { by: 'wikileaks', text: 'And on it goes.', links: [] },
    });
    await page.locator('article[data-id=afterwards]').waitFor();
    t.same(complaints, []);
  });

  t.test('on a phone: nothing sticks out, and the open requests are one tap away', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    for (const viewport of [PHONE, { width: 360, height: 640 }, { width: 320, height: 256 }]) {
      const { page, complaints } = await visit(t, browser, served.address, { path: `/${at('2016-10-20T00:00:00%2B02:00')}`, viewport, hasTouch: true });
      await ready(page);
      t.equal(await page.locator('#play-word').textContent(), 'Play');
      await page.locator('#clock', { hasText: /Wednesday, October 19, 2016\s+6:00 pm EDT/ }).waitFor();
      t.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
      await page.locator('.latest', { hasText: 'Have his father tweet the link' }).waitFor();
      await page.locator('#tab-ledger', { hasText: 'Unanswered 3' }).click();
      await unanswered(page).nth(2).waitFor();
      t.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
      t.same(complaints, []);
    }
  });
});
