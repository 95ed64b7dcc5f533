/** Requests to a server of this process: answers with a body, and without one. */
import { createServer } from 'node:http';
import t from 'tap';
import { ADDRESS, connectTo } from '../../src/cli/in-process.js';

t.test('an answer without a body is one', async (t) => {
  const server = createServer((request, response) => (request.method === 'DELETE' ? response.writeHead(204).end() : response.end('words')));
  const { fetch } = connectTo(server);
  t.equal((await fetch(ADDRESS, { method: 'DELETE', headers: {} })).status, 204);
  t.equal(await (await fetch(ADDRESS, { method: 'GET', headers: {} })).text(), 'words');
});
