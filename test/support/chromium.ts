/**
 * A headless Chromium, found where one usually is.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
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

/** Undefined where there is none. `more`: arguments beside those that it needs to run anywhere. */
export async function openChromium(...more: readonly string[]): Promise<Browser | undefined> {
  const executablePath = PLACES.find((path) => existsSync(path));
  return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}
