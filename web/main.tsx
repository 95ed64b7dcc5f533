/**
 * Where the page begins.
 */
import { render } from 'preact';
import { App, Page } from './app.js';
import { readHash } from './share/address.js';

const root = document.getElementById('root');
if (root !== null) {
  const page = new Page();
  render(<App page={page} />, root);
  const { place, faults } = readHash(location.hash);
  void page.open(place, faults);
}
