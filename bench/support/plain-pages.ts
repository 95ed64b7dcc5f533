/**
 * A helper: pages that show the least there is. One paints a line of text; the other opens the replay of a story and paints its
 * first event as text.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { help } from './helpers.js';

const page = (body: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>plain</title></head><body>${body}</body></html>`;

const STILL = page('<p id="line">One line of text.</p>');
/** The address of the replay stands in the query. */
const REPLAY = page(`<ul id="list"></ul><script>
const socket = new WebSocket(new URLSearchParams(location.search).get('replay'), 'hindcast.v1');
socket.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  if (frame.type !== 'event') return;
  const item = document.createElement('li');
  item.textContent = frame.event.data.text;
  document.getElementById('list').append(item);
};
</script>`);

const server = createServer((request, reply) => {
  reply.setHeader('content-type', 'text/html; charset=utf-8').setHeader('cache-control', 'no-store');
  reply.end(request.url?.startsWith('/replay') ? REPLAY : STILL);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const deeds = { port: () => (server.address() as AddressInfo).port };
export type PlainPages = typeof deeds;

help(deeds, () => server.closeAllConnections());
