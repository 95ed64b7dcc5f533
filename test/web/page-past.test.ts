/** The page in a real browser: a past that changes while somebody watches, text of all kinds, a lost connection, tokens. */
import { join } from 'node:path';
import t from 'tap';
import { at, happened, holds, inBrowser, PHONE, ready, STORY, serve, status, visit } from './support.js';

const TIME = '2016-12-01T00:00:00Z';

await inBrowser((browser) => {
  t.test('what is recorded late, corrected or retracted shows at its place and is said', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page, complaints } = await visit(t, browser, served.address, { path: `/${at(TIME)}` });
    await ready(page);
    const before = await happened(served, TIME);
    await holds(page, before.length);
    const text = '<img src=x onerror="alert(1)"> <b>loud</b>';
    await served.record(STORY, {
      type: 'TweetPosted',
      id: 'late-one',
      occurredAt: '2016-10-20T12:00:00Z',
      data: { by: 'donald-trump', text, links: ['javascript:alert(1)'] },
    });
    const late = page.locator('article[data-id=late-one]');
    await late.locator('.tag', { hasText: 'recorded late' }).waitFor();
    t.ok((await late.textContent())?.includes(text));
    t.equal(await late.getAttribute('aria-posinset'), String(before.indexOf('tj-2016-10-14-tweets-link') + 2), 'at its place');
    await page.locator('.notices', { hasText: 'Recorded late: a public tweet of Donald Trump' }).waitFor();
    t.equal(await page.locator('article img, article b:text("loud"), a[href^=javascript]').count(), 0);
    const about = { event: 'late-one', basis: 'stated', by: 'test', citation: { title: 'A test' } };
    await served.record(STORY, { type: 'EventCorrected', id: 'mended', data: { ...about, set: { data: { text: 'Mended.' } } } });
    await late.filter({ hasText: '“Mended.”' }).locator('.tag', { hasText: 'corrected' }).waitFor();
    await page.locator('.notices', { hasText: 'Corrected: a public tweet of Donald Trump' }).waitFor();
    await served.record(STORY, { type: 'EventRetracted', id: 'withdrawn', data: about });
    await page.locator('article[data-withdrawn=late-one]', { hasText: 'was retracted while you watched' }).waitFor();
    await page.locator('.notices', { hasText: 'Withdrawn: a public tweet of Donald Trump was retracted' }).waitFor();
    t.equal(await late.count(), 0);
    await page.locator('#back').click();
    await holds(page, before.length - 1);
    t.same(complaints, []);
  });

  t.test('a request that is answered late moves over', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page } = await visit(t, browser, served.address, { path: `/${at(TIME)}` });
    await ready(page);
    const row = (list: string) => page.locator(`#${list} li[data-id=request-tweet-link]`);
    await row('unanswered').waitFor();
    await served.record(STORY, {
      type: 'MessageSent',
      id: 'an-answer',
      occurredAt: '2016-10-13T12:00:00Z',
      data: { from: 'donald-trump-jr', to: ['wikileaks'], channel: 'test', text: 'Yes.', links: [], inReplyTo: 'wl-2016-10-12-tweet-this-link' },
    });
    await row('answered').waitFor();
    t.match(await row('answered').textContent(), /inferred by rule: it replies to that message/);
    t.equal(await row('unanswered').count(), 0);
  });

  t.test('text of all kinds stays text, in its own direction, and breaks nothing', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const hostile = ['<script>window.broken = true</script>', 'שלום <b>עולם</b> 123', '👩‍👩‍👧‍👦 ‮reversed', 'x'.repeat(50_000), `${'word '.repeat(10_000)}`];
    await served.record(
      'hostile',
      {
        type: 'StoryDescribed',
        data: {
          title: '<i>Title</i> \u202e and so on',
          description: '"><script>window.broken = true</script>',
          timeZone: 'Mars/Olympus',
          participants: [{ id: 'ann', name: '<b>Ann</b> \u202e', aliases: [], kind: 'person' }],
          sources: [{ id: 's', title: '<u>Source</u>', url: 'javascript:window.broken=true' }],
        },
      },
      ...hostile.map((text, i) => ({
        type: 'MessageSent',
        id: `m"${i}'<>&#`,
        occurredAt: `2020-01-01T00:0${i}:00Z`,
        sources: [{ id: 's', quote: text.slice(0, 200) }],
        data: {
          from: 'ann',
          to: ['bob'],
          channel: '<script>',
          text,
          links: ['javascript:window.broken=true', 'data:text/html,x', 'https://example.com/<x>'],
          requests: [{ text: '<img src=x onerror=window.broken=true>' }],
        },
      })),
    );
    for (const viewport of [PHONE, { width: 1280, height: 800 }]) {
      const { page, complaints } = await visit(t, browser, served.address, { path: '/?story=hostile#t=2020-01-01T00:05:00Z', viewport });
      await ready(page);
      await holds(page, hostile.length);
      t.equal(await page.locator('h1').textContent(), '<i>Title</i> \u202e and so on');
      await page
        .locator('article', { hasText: 'Show all 50,000 characters' })
        .first()
        .getByRole('button', { name: /Show all/ })
        .click();
      await page.waitForFunction(() => (document.querySelectorAll('article .quoted')[3]?.textContent ?? '').length > 50_000);
      for (const summary of await page.locator('article .source > summary').all()) await summary.click();
      await page.locator('.evidence blockquote').nth(4).waitFor();
      t.equal(await page.evaluate(() => (window as { broken?: boolean }).broken), undefined);
      t.equal(await page.locator('a[href^="javascript:"], a[href^="data:"], article img, article script').count(), 0);
      t.equal(await page.locator('a[target=_blank]:not([rel~=noopener])').count(), 0);
      t.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
      t.same(complaints, []);
    }
  });

  t.test('a long story holds no more than so much of the page, and earlier events come when they are asked for', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const many = 1_500;
    const tweets = Array.from({ length: many }, (_, i) => ({
      type: 'TweetPosted',
      id: `n${i}`,
      occurredAt: new Date(Date.UTC(2020, 0, 1) + i * 1_000).toISOString(),
      data: { by: 'ann', text: `Number ${i}`, links: [] },
    }));
    await served.record('long', ...tweets.slice(0, 750));
    await served.record('long', ...tweets.slice(750));
    const { page, complaints } = await visit(t, browser, served.address, { path: '/?story=long#t=2020-01-01T00:12:00Z&rate=300' });
    await ready(page);
    await page.locator('article[data-id=n720]').waitFor();
    const articles = () => page.locator('#feed article').count();
    t.ok((await articles()) <= 200);
    await page.locator('#play').click();
    await status(page, 'ended');
    await page.locator(`article[data-id=n${many - 1}]`).waitFor();
    t.ok((await articles()) <= 200, 'after much has been played');
    const first = await page.locator('#feed article').first().getAttribute('data-id');
    await page.locator('.older button').click();
    await page.waitForFunction((before) => document.querySelector('#feed article')?.getAttribute('data-id') !== before, first);
    t.ok((await articles()) <= 400);
    // Far up, and back to now.
    await page.goto(`${served.address}/?story=long#e=n100`);
    await page.locator('article[data-id=n100][data-revealed]').waitFor();
    await page.locator('.away', { hasText: 'Back to now' }).click();
    await page.locator(`article[data-id=n${many - 1}]`).waitFor();
    await page.locator('.away').waitFor({ state: 'detached' });
    t.same(complaints, []);
  });

  t.test('a lost connection is said and mends by itself', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    const { page } = await visit(t, browser, served.address, { path: `/${at(TIME)}` });
    await ready(page);
    const before = await happened(served, TIME);
    await holds(page, before.length);
    await served.close();
    await status(page, 'lost');
    await page.locator('#line', { hasText: 'The connection is lost. Trying again' }).waitFor();
    await holds(page, before.length);
    const again = await serve(served.folder, Number(new URL(served.address).port));
    t.teardown(() => again.close());
    await status(page, 'paused');
    await page.locator('#line', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await page.locator('#forward').click();
    await holds(page, before.length + 1);
    // Away when it is opened: it says so, and opens when it can.
    const { page: other, context } = await visit(t, browser, again.address, { path: '/?story=to-come' });
    await other.locator('h1', { hasText: 'There is no such story here.' }).waitFor();
    for (const away of [{ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }, undefined]) {
      await context.route('**/stories', (route) => (away === undefined ? route.abort() : route.fulfill(away)));
      await other.goto(`${again.address}/?${away?.status}`);
      await other.locator('#line', { hasText: 'Trying again by itself.' }).waitFor();
      await context.unroute('**/stories');
      await ready(other);
    }
  });

  t.test('where a token is asked for, a form takes it, and it stands in no address', async (t) => {
    const token = 'a-token-of-enough-letters';
    const served = await serve(join(t.testdir(), 'data'), 0, { HINDCAST_TOKENS: `read:${token}` });
    t.teardown(() => served.close());
    const { page } = await visit(t, browser, served.address);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('websocket', (socket) => asked.push(socket.url()));
    await page.locator('#token').fill(token);
    await page.keyboard.press('Enter');
    await ready(page);
    await page.locator('#forward').click();
    await holds(page, 1);
    t.ok(asked.length > 3 && asked.every((url) => !url.includes(token)));
    await page.reload();
    await ready(page);
  });

  t.test('a story without a dated event says so, and plays once there is one', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    await served.record('undated', { type: 'TweetPosted', id: 'whenever', occurredAt: null, data: { by: 'ann', text: 'Some day.', links: [] } });
    const { page, complaints } = await visit(t, browser, served.address, { path: '/?story=undated' });
    await page.locator('#line', { hasText: 'Nothing in this story has a place in time' }).waitFor();
    await page.locator('li', { hasText: 'Some day.' }).waitFor();
    await served.record('undated', { type: 'TweetPosted', id: 'now', occurredAt: '2020-01-01T00:00:00Z', data: { by: 'ann', text: 'That day.', links: [] } });
    await ready(page);
    await page.locator('#forward').click();
    await holds(page, 1);
    // Several stories: a chooser.
    await page.selectOption('#stories', STORY);
    await page.locator('h1', { hasText: 'Wikileaks and Donald Trump Jr.' }).waitFor();
    t.same(complaints, []);
  });
});
