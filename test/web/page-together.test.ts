/** The page in a real browser: watching together, one clock for two pages, and a host's token that stands in no address. */
import { join } from 'node:path';
import t from 'tap';
import { at, happened, holds, inBrowser, ready, serve, status, visit } from './support.js';

await inBrowser((browser) => {
  t.test('one clock for two pages', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const moment = '2016-10-20T00:00:00-04:00';
    const host = await visit(t, browser, served.address, { path: `/${at(moment)}` });
    await ready(host.page);
    await host.page.locator('[data-panel=share]').click();
    await host.page.locator('#together').click();
    await host.page.waitForURL(/\?session=/);
    await ready(host.page);
    const before = await happened(served, moment);
    await holds(host.page, before.length);
    t.notMatch(host.page.url(), /token/i);
    await host.page.locator('#watchers', { hasText: 'Nobody else watches yet' }).waitFor();

    const viewer = await visit(t, browser, served.address, { path: new URL(host.page.url()).search.replace(/^/, '/') });
    await viewer.page.locator('body[data-status=paused]').waitFor();
    await holds(viewer.page, before.length);
    t.equal(await viewer.page.locator('#play, #forward, #pace').count(), 0, 'no controls');
    await viewer.page.locator('.viewer', { hasText: 'The host moves this clock.' }).waitFor();
    await host.page.locator('#watchers', { hasText: '2 people watching together' }).waitFor();

    await host.page.locator('#forward').click();
    await holds(host.page, before.length + 1);
    await holds(viewer.page, before.length + 1);
    await host.page.locator('#scrubber').press('End');
    const all = await happened(served, '2018-01-01T00:00:00-05:00');
    await holds(viewer.page, all.length);
    await viewer.page.locator('#unanswered-count', { hasText: /^9$/ }).waitFor();
    await host.page.keyboard.press('0');
    await holds(viewer.page, 0);
    await host.page.locator('#play').click();
    await status(viewer.page, 'playing');
    await status(host.page, 'playing');
    const shown = async () => Promise.all([host.page, viewer.page].map((page) => page.locator('#scrubber').getAttribute('aria-valuenow')));
    const span = Date.parse('2018-01-01T05:00:00Z') - Date.parse('2016-07-01T04:00:00Z');
    /** Looks at both until their clocks are no further apart than so. */
    const inStep = async (most: number) => {
      for (;;) {
        const [a = Number.NaN, b = Number.NaN] = (await shown()).map(Number);
        if (Math.abs(a - b) <= most) return;
      }
    };
    await inStep(span / 100);
    await host.page.locator('#play').click();
    await status(viewer.page, 'paused');
    await status(host.page, 'paused');
    await inStep(0);
    // A viewer's own eyes.
    await viewer.page.selectOption('#as', 'public');
    await viewer.page.locator('.restrictions').waitFor();
    t.same(host.complaints, []);
    t.same(viewer.complaints, []);
  });

  t.test('a session that is not there, or is over, is said', async (t) => {
    const served = await serve(join(t.testdir(), 'data'));
    t.teardown(() => served.close());
    const { page } = await visit(t, browser, served.address, { path: '/?session=no-such-session' });
    await page.locator('h1', { hasText: 'There is no such shared session.' }).waitFor();
    const opened = await fetch(`${served.address}/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ story: 'wikileaks-trump-jr', paused: true }),
    });
    const { id, hostToken } = (await opened.json()) as { id: string; hostToken: string };
    await page.goto(`${served.address}/?session=${id}`);
    await page.locator('body[data-status=paused]').waitFor();
    await fetch(`${served.address}/sessions/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${hostToken}` } });
    await page.locator('h1', { hasText: 'This shared session is over.' }).waitFor();
    await page.getByRole('link', { name: 'To the first page' }).click();
    await ready(page);
  });
});
