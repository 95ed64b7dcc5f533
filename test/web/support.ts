/**
 * What the tests of the page share: a real browser, the app as it is built, and short ways to look and to act.
 * Invariant: nothing here waits for a time to pass, only for what is to be seen.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import t from 'tap';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { openChromium } from '../support/chromium.js';
import { PAGE } from '../support/places.js';

export const STORY = 'wikileaks-trump-jr';
export const FIRST_DAY = '2016-07-01T00:00:00-04:00';
export const PHONE = { width: 390, height: 844 };

export type T = { testdir(): string; teardown(fn: () => unknown): void };

export interface Served {
  readonly address: string;
  readonly folder: string;
  close(): Promise<void>;
  /** Records in a story, and waits until it can be read. */
  record(story: string, ...drafts: object[]): Promise<void>;
  get<Body>(path: string): Promise<Body>;
}

/** The app as it is shipped, with the page. */
export async function serve(folder: string, port = 0, more: Readonly<Record<string, string>> = {}): Promise<Served> {
  const app = await createApp(readConfig({ PORT: String(port), HINDCAST_DATA: folder, LOG_LEVEL: 'silent', ...more }), pino({ level: 'silent' }));
  const address = await app.listen();
  return {
    address,
    folder,
    close: () => app.close(),
    async record(story, ...drafts) {
      const answer = await fetch(`${address}/stories/${story}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(drafts),
      });
      if (!answer.ok) throw new Error(await answer.text());
      const { position } = (await answer.json()) as { position: string };
      await fetch(`${address}/stories?minPosition=${position}`);
    },
    get: async <Body>(path: string) => (await (await fetch(`${address}${path}`)).json()) as Body,
  };
}

/** A server that hands on what lies under a path, sockets too, as a reverse proxy does; answers its address. */
export async function proxied(t: T, address: string, path: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const handOn = ({ method, url = '', headers }: IncomingMessage) => request({ hostname, port, method, headers, path: url.slice(path.length) });
  const server = createServer((asked, answered) => {
    if (asked.url?.startsWith(`${path}/`) !== true) return void answered.writeHead(404).end();
    const handed = handOn(asked).on('response', (answer) => {
      answered.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answered);
    });
    handed.on('error', () => answered.writeHead(502).end('bad gateway'));
    asked.pipe(handed);
  });
  server.on('upgrade', (asked: IncomingMessage, socket) => {
    const handed = handOn(asked).on('upgrade', ({ rawHeaders }, other, head) => {
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
      socket.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'));
      socket.write(head);
      for (const [from, to] of [
        [socket, other],
        [other, socket],
      ] as const)
        from
          .on('error', () => to.destroy())
          .on('close', () => to.destroy())
          .pipe(to);
    });
    handed.on('error', () => socket.destroy());
    handed.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

export async function happened({ get }: Served, to: string, story = STORY): Promise<string[]> {
  return (await get<{ events: { id: string }[] }>(`/stories/${story}/events?limit=1000&to=${encodeURIComponent(to)}`)).events.map((event) => event.id);
}

export interface Look extends BrowserContextOptions {
  readonly path?: string;
}

/** A page, and what the browser complains of. */
export async function visit(t: T, browser: Browser, address: string, { path = '/', viewport = { width: 1280, height: 800 }, ...rest }: Look = {}) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...rest });
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${address}${path}`);
  return { page, context, complaints };
}

/** The page plays, or could. */
export async function ready(page: Page): Promise<void> {
  await page.locator('#play:enabled').waitFor();
  await page.locator('#feed[aria-busy=false]').waitFor({ state: 'attached' });
}

export const status = (page: Page, is: string) => page.locator(`body[data-status=${is}]`).waitFor();
export const at = (time: string) => `#t=${time}`;

/** The stage holds just so many events, and has come to rest. */
export const holds = (page: Page, events: number) =>
  events === 0
    ? page.waitForFunction(() => document.querySelectorAll('#feed[aria-busy=false]').length === 1 && document.querySelectorAll('#feed article').length === 0)
    : page.locator(`#feed[aria-busy=false] article[aria-posinset="${events}"][aria-setsize="${events}"]`).waitFor();
export const newest = (page: Page) => page.locator('#feed article').last().getAttribute('data-id');
export const unanswered = (page: Page): Locator => page.locator('#unanswered li[data-id]');

/** An attribute of what the selector names says this. */
export const says = (page: Page, selector: string, attribute: string, pattern: RegExp) =>
  page.waitForFunction(([of, name, source]) => new RegExp(source).test(document.querySelector(of)?.getAttribute(name) ?? ''), [
    selector,
    attribute,
    pattern.source,
  ] as const);

/** The scrubber says that the clock is at this share of the story: from 0, the beginning, to 1, the end. */
export const isAt = (page: Page, share: number, within = 1e-9) =>
  page.waitForFunction(
    ([share, within]) => {
      const value = (name: string) => Number(document.querySelector('#scrubber')?.getAttribute(`aria-value${name}`));
      return Math.abs((value('now') - value('min')) / (value('max') - value('min')) - share) <= within;
    },
    [share, within] as const,
  );

/** Drags the scrubber to a share of its width. */
export async function drag(page: Page, share: number): Promise<void> {
  const box = await page.locator('#scrubber').boundingBox();
  if (box === null) throw new Error('There is no scrubber.');
  const y = box.y + 15;
  await page.mouse.move(box.x + 2, y);
  await page.mouse.down();
  for (const part of [0.2, 0.5, 0.9, 1]) await page.mouse.move(box.x + box.width * share * part, y);
  await page.mouse.up();
}

/** Runs a suite where there is a browser and a built page; else says why not. */
export async function inBrowser(suite: (browser: Browser) => void): Promise<void> {
  if (!existsSync(join(PAGE, 'index.html'))) return void t.fail('The page is not built: run `npm run build` first.');
  const browser = await openChromium();
  if (browser !== undefined) {
    t.teardown(() => browser.close());
    suite(browser);
  } else if (process.env.CI) t.fail('No Chromium is found, and in CI there must be one: the page was not tested.');
  else t.pass('No Chromium is found: the page was not tested.', { skip: 'No Chromium is found: the page was not tested. CHROMIUM_PATH can name one.' });
}
