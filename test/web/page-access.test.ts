/** The page in a real browser under axe-core: light and dark, phone and desktop, with everything opened. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import t from 'tap';
import { at, inBrowser, PHONE, ready, serve, visit } from './support.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = (await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] })`)) as AxeResults;
  return results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`).join(' | ')}`,
  );
}

await inBrowser((browser) => {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [name, viewport] of [
      ['a desktop', { width: 1280, height: 800 }],
      ['a phone', PHONE],
    ] as const)
      t.test(`${name}, ${colorScheme}`, async (t) => {
        const served = await serve(join(t.testdir(), 'data'));
        t.teardown(() => served.close());
        // To be looked into from outside it is opened without the policy that forbids that.
        const { page } = await visit(t, browser, served.address, { path: `/${at('2017-07-12T00:00:00-04:00')}`, viewport, colorScheme, bypassCSP: true });
        await ready(page);
        t.strictSame(await faults(page), [], 'the stage');
        for (const summary of (await page.locator('article .source > summary').all()).slice(-3)) await summary.click();
        if (viewport === PHONE) await page.locator('#tab-ledger').click();
        for (const part of ['response-times', 'links', 'who-knew', 'silences']) {
          await page.locator(`#part-${part} > summary`).click();
          await page.locator(`#part-${part} .as-table > summary`).click();
        }
        await page.locator('#ledger .foot .source > summary').first().click();
        await page.locator('#ledger .foot blockquote').first().waitFor();
        t.strictSame(await faults(page), [], 'the ledger with its plots');
        for (const panel of ['find', 'share', 'about']) {
          await page.locator(`[data-panel=${panel}]`).click();
          await page.locator('#panel-title').waitFor();
          t.strictSame(await faults(page), [], panel);
          await page.keyboard.press('Escape');
        }
        if (viewport === PHONE) await page.locator('.more').click();
        await page.getByRole('button', { name: 'Keys' }).click();
        await page.selectOption('#as', 'public');
        await page.locator('.restrictions').waitFor();
        t.strictSame(await faults(page), [], 'the help, and through other eyes');
      });

  t.test('where nothing plays', async (t) => {
    const served = await serve(join(t.testdir(), 'data'), 0, { HINDCAST_TOKENS: 'read:a-token-of-enough-letters' });
    t.teardown(() => served.close());
    const { page } = await visit(t, browser, served.address, { bypassCSP: true });
    await page.locator('#token').waitFor();
    t.strictSame(await faults(page), []);
  });
});
