/** The page in a real browser: links to a moment and to an event, in a frame too; search, filters, perspectives. */
import { join } from 'node:path';
import t from 'tap';
import { at, happened, holds, inBrowser, newest, proxied, ready, serve, status, unanswered, visit } from './support.js';

const MOMENT = '2016-10-20T00:00:00-04:00';

await inBrowser((browser) => {
  t.test('a link opens at its moment, paused', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address, { path: `/${at(MOMENT)}&rate=3600` });
    await ready(page);
    await holds(page, (await happened(served, MOMENT)).length);
    await status(page, 'paused');
    t.equal(await page.locator('#pace').inputValue(), 'rate:3600');
    await unanswered(page).nth(2).waitFor();

    // An event, and what the address becomes.
    await page.goto(`${served.address}/#e=wl-2016-10-12-tweet-this-link`);
    await page.locator('article[data-id=wl-2016-10-12-tweet-this-link][data-revealed]').waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-id') === 'wl-2016-10-12-tweet-this-link');

    // Evidence: the request's citation, and the way to the event that followed.
    const row = page.locator('#unanswered li[data-id=request-tweet-link]');
    await page.locator('#scrubber').press('End');
    await holds(page, (await happened(served, '2018-01-01T00:00:00-05:00')).length);
    await row.locator('.foot .source summary').click();
    await row.locator('.foot blockquote').waitFor();
    await row.getByRole('link', { name: 'a public act of Donald Trump Jr.' }).click();
    await page.locator('article[data-id=tj-2016-10-14-tweets-link][data-revealed]').waitFor();
    t.equal(await page.locator('.away').count(), 0, 'nothing new has come meanwhile');
    t.same(complaints, []);
  });

  t.test('a link to the first event is a link to its moment, when it has happened', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address, { path: '/#e=goldstone-helps-set-up-meeting' });
    await ready(page);
    await page.locator('article[data-id=goldstone-helps-set-up-meeting][data-revealed]').waitFor();
    await page.locator('article[data-id=meeting-2016-06]').waitFor();
    t.same(complaints, []);
  });

  t.test('nonsense in a link is said, and it opens at the start', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page } = await visit(t, browser, served.address, { path: '/#t=yesterday&rate=quick' });
    await ready(page);
    await holds(page, 0);
    await page.locator('.notices', { hasText: '“yesterday”, which is no moment' }).waitFor();
    await page.locator('.notices', { hasText: 'the rate “quick”' }).waitFor();
    await page.goto(`${served.address}/#e=no-such-event`);
    await page.locator('#line', { hasText: 'There is no such event in this story.' }).waitFor();
    await page.goto(`${served.address}/#e=putintrump-funded`);
    await page.locator('#line', { hasText: 'no place in time' }).waitFor();
    await page.goto(`${served.address}/?x#as=nobody-at-all`);
    await ready(page);
    await page.locator('.notices', { hasText: '“nobody-at-all”, who is not in this story' }).waitFor();
    await page.goto(`${served.address}/?story=no-such-story`);
    await page.locator('h1', { hasText: 'There is no such story here.' }).waitFor();
    await page.getByRole('link', { name: /Wikileaks and Donald Trump Jr/ }).click();
    await ready(page);
  });

  t.test('in a frame of another page, compact, with a way to the full one', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, context, complaints } = await visit(t, browser, served.address, { path: `/${at(MOMENT)}` });
    await ready(page);
    await page.locator('[data-panel=share]').click();
    // Both are of the moment that the page shows.
    await page.waitForFunction(() =>
      ['#link', '#frame'].every((id) =>
        /\?story=wikileaks-trump-jr(&amp;embed)?#t=2016-10-20T04:00:00Z/.test(document.querySelector<HTMLInputElement>(id)?.value ?? ''),
      ),
    );
    const markup = await page.locator('#frame').inputValue();
    t.equal(await page.locator('#transcript').getAttribute('href'), 'stories/wikileaks-trump-jr/transcript');
    // A page of another origin.
    const article = await context.newPage();
    await article.setContent(`<h1>An article</h1>${markup}`);
    const frame = article.frameLocator('iframe');
    await frame.locator('#play:enabled').waitFor();
    await frame.locator('#clock', { hasText: 'Thursday, October 20, 2016' }).waitFor();
    t.equal(await frame.locator('[data-panel=share]').count(), 0);
    await frame.locator('#full-page[href$="?story=wikileaks-trump-jr#t=2016-10-20T04:00:00Z"]').waitFor();
    await frame.locator('#play').click();
    await frame.locator('body[data-status=playing]').waitFor();
    t.same(complaints, []);
  });

  t.test('under a path of another server all is asked for under that path', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const address = await proxied(t, served.address, '/some/path');
    const { page, complaints } = await visit(t, browser, address, { path: `/${at(MOMENT)}` });
    await ready(page);
    await holds(page, (await happened(served, MOMENT)).length);
    await unanswered(page).nth(2).waitFor();
    await page.selectOption('#pace', { label: 'Story in 1 minute' });
    await page.locator('#play').click();
    await status(page, 'playing');
    await page.locator('[data-panel=share]').click();
    const transcript = await page.locator('#transcript').evaluate((link) => (link as HTMLAnchorElement).href);
    t.equal(transcript, `${address}/stories/wikileaks-trump-jr/transcript`);
    await page.locator('#together').click();
    await page.waitForURL(`${address}/?session=*`);
    await ready(page);
    await page.locator('#watchers', { hasText: 'Nobody else watches yet' }).waitFor();
    t.same(complaints, []);
  });

  t.test('words are found, and a hit leads to its moment', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address);
    await ready(page);
    await page.locator('[data-panel=find]').click();
    await page.locator('#search:focus').waitFor();
    await page.keyboard.type('tax returns');
    t.equal(await page.locator('#play-word').textContent(), 'Play', 'what is typed there is no key of the player');
    await page.keyboard.press('Enter');
    const hit = page.locator('.hit', { hasText: 'Leak us one or more of your' });
    t.match(await hit.textContent(), /still to come/);
    await hit.click();
    await page.locator('article[data-id=wl-2016-10-21-tax-returns][data-revealed]').waitFor();
    await page.locator('#clock', { hasText: 'Friday, October 21, 2016' }).waitFor();
    await page.locator('#search').fill('xyzzy');
    await page.keyboard.press('Enter');
    await page.locator('#found', { hasText: 'Nothing says “xyzzy”.' }).waitFor();

    // What is filtered away is said as long as it is.
    const all = await happened(served, '2016-10-21T23:59:59.999-04:00');
    await holds(page, all.length);
    await page.getByRole('checkbox', { name: 'Messages' }).uncheck();
    await page.locator('.restrictions', { hasText: 'The stage shows only tweets and acts; the requests are not filtered.' }).waitFor();
    await page.waitForFunction((before) => document.querySelectorAll('#feed[aria-busy=false] article').length < before, all.length);
    t.equal(await page.locator('article .kind', { hasText: 'message' }).count(), 0);
    for (const name of ['Tweets', 'Acts']) await page.getByRole('checkbox', { name }).uncheck();
    await holds(page, 0);
    await page.locator('#line', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await page.getByRole('checkbox', { name: 'Acts' }).check();
    await page.locator('article .kind', { hasText: 'act' }).first().waitFor();
    await page.locator('#forward').click();
    await page.locator('.restrictions').getByRole('button', { name: 'Show everything' }).click();
    await page.locator('.restrictions').waitFor({ state: 'detached' });
    await page.locator('article[data-id=wl-2016-10-21-tax-returns]').waitFor();
    t.same(complaints, []);
  });

  t.test('through other eyes', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address, { path: `/${at('2016-12-01T00:00:00Z')}` });
    await ready(page);
    await page.selectOption('#as', 'public');
    await page.locator('.restrictions', { hasText: 'You see only what the public could see, from when it could see it.' }).waitFor();
    await page.locator('#unanswered-count', { hasText: /^0$/ }).waitFor();
    const seen = (await served.get<{ events: { id: string }[] }>('/stories/wikileaks-trump-jr/events?as=public&to=2016-12-01T00:00:00Z')).events;
    await holds(page, seen.length);
    t.equal(await newest(page), seen.at(-1)?.id);
    await page.waitForURL(/as=public/);
    await page.locator('#scrubber').press('End');
    await page.locator('article', { hasText: 'in sight from' }).first().waitFor();
    await page.locator('.restrictions').getByRole('button').click();
    await page.locator('.restrictions').waitFor({ state: 'detached' });
    t.same(complaints, []);
  });
});
