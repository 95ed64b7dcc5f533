import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { createAccess, type Need, type Role } from '../../src/http/access.js';
import { hour, message } from '../support/drafts.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };
const STORY = 'wikileaks-trump-jr';
const TOKENS = {
  read: 'the-token-that-reads',
  write: 'the-token-that-writes',
  host: 'the-token-that-hosts',
  admin: 'the-token-of-admins',
  readOne: 'the-token-that-reads-one',
  writeOne: 'the-token-that-writes-one',
  two: 'the-token-of-two-stories',
} as const;
const ENV = {
  HINDCAST_TOKENS: [
    ...(['read', 'write', 'host', 'admin'] as const).map((role) => `${role}:${TOKENS[role]}`),
    `read:${TOKENS.readOne}@mine`,
    `write:${TOKENS.writeOne}@mine`,
    `read:${TOKENS.two}@mine,write:${TOKENS.two}@yours`,
  ].join(','),
};

async function serve(t: T, env: Record<string, string> = ENV, more: (server: Awaited<ReturnType<typeof createApp>>['server']) => void = () => {}) {
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const app = await createApp(readConfig({ PORT: '0', HINDCAST_DATA: join(t.testdir(), 'data'), LOG_LEVEL: 'trace', ...env }), logger);
  t.teardown(() => app.close());
  more(app.server);
  const address = await app.listen();
  const said: string[] = [];
  const ask = async (
    path: string,
    token?: string,
    { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
  ) => {
    const reply = await fetch(address + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // A stream has no end: its beginning is enough.
    const isStream = reply.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream) await reply.body?.cancel();
    const text = isStream ? '' : await reply.text();
    said.push(text, JSON.stringify([...reply.headers]));
    return {
      status: reply.status,
      challenge: reply.headers.get('www-authenticate'),
      text,
      body: (text !== '' && /[/+]json/.test(reply.headers.get('content-type') ?? '') ? JSON.parse(text) : {}) as { code?: string; detail?: string },
    };
  };
  /** No token was told or written down, nor anything else that is given here. */
  const keepsSecret = (t: { notMatch(value: string, pattern: string): void }, ...secrets: string[]) => {
    for (const secret of [...Object.values(TOKENS), ...secrets]) {
      t.notMatch(logged.join(''), secret);
      t.notMatch(said.join(''), secret);
    }
  };
  return { app, address, ask, logged, keepsSecret };
}

const READS = [
  `/stories/${STORY}`,
  `/stories/${STORY}/events`,
  `/stories/${STORY}/events/wl-2016-10-12-tweet-this-link`,
  `/stories/${STORY}/transcript`,
  ...['cloudevents', 'csv', 'timelinejs', 'webvtt', 'text'].map((format) => `/stories/${STORY}/export?format=${format}`),
  `/stories/${STORY}/projections`,
  `/stories/${STORY}/projections/unanswered-requests`,
  `/stories/${STORY}/projections/unanswered-requests/rows?list=answered`,
  `/stories/${STORY}/projections/unanswered-requests/updates`,
];

t.test('every role, at every kind of address', async (t) => {
  const { ask, keepsSecret } = await serve(t);
  let number = 0;
  const append = (story: string, token?: string) => ask(`/stories/${story}/events`, token, { method: 'POST', body: message(`m${number++}`, hour(1)) });
  const told = (status: number) =>
    ({ 401: { status, challenge: 'Bearer', body: { code: 'unauthenticated' } }, 403: { status, body: { code: 'forbidden' } } })[status] ?? { status };
  const wrong = 'a-token-of-nobody-here';
  const cases: [string, string | undefined, { read: number; write: number; readMine: number; writeMine: number; ticket: number }][] = [
    ['no token', undefined, { read: 401, write: 401, readMine: 401, writeMine: 401, ticket: 401 }],
    ['a wrong token', wrong, { read: 401, write: 401, readMine: 401, writeMine: 401, ticket: 401 }],
    ['a token but for its last letter', TOKENS.admin.slice(0, -1), { read: 401, write: 401, readMine: 401, writeMine: 401, ticket: 401 }],
    ['read', TOKENS.read, { read: 200, write: 403, readMine: 200, writeMine: 403, ticket: 201 }],
    ['write', TOKENS.write, { read: 200, write: 201, readMine: 200, writeMine: 201, ticket: 201 }],
    ['host', TOKENS.host, { read: 200, write: 403, readMine: 200, writeMine: 403, ticket: 201 }],
    ['admin', TOKENS.admin, { read: 200, write: 201, readMine: 200, writeMine: 201, ticket: 201 }],
    ['read of one story', TOKENS.readOne, { read: 403, write: 403, readMine: 200, writeMine: 403, ticket: 201 }],
    ['write of one story', TOKENS.writeOne, { read: 403, write: 403, readMine: 200, writeMine: 201, ticket: 201 }],
  ];
  t.equal((await append('mine', TOKENS.writeOne)).status, 201, 'who may write a story may begin it');
  t.equal((await append('yours', TOKENS.writeOne)).status, 403);
  for (const [who, token, expected] of cases) {
    for (const path of READS) t.match(await ask(path, token), told(expected.read), `${who}: ${path}`);
    t.match(await ask('/stories/mine', token), told(expected.readMine), `${who}: /stories/mine`);
    t.match(await append(STORY, token), told(expected.write), `${who}: POST`);
    t.match(await append('mine', token), told(expected.writeMine), `${who}: POST to mine`);
    t.match(await ask('/tickets', token, { method: 'POST' }), told(expected.ticket), `${who}: POST /tickets`);
    t.match(
      await ask('/stories/none', token),
      told(expected.read === 200 ? 404 : expected.read),
      `${who}: whether there is a story is told to who may read it`,
    );
    t.match(await ask('/metrics', token), told(expected.read), `${who}: what is of all stories`);
    t.equal((await ask(READS[0] ?? '', token, { method: 'HEAD' })).status, expected.read, `${who}: HEAD`);
    for (const path of ['/health/live', '/openapi.json', '/asyncapi.json', '/docs']) t.equal((await ask(path, token)).status, 200, `${who}: ${path} is open`);
    // Where the page is not built it is 404, and where the read model is behind 503.
    for (const path of ['/', '/health/ready']) t.notOk([401, 403].includes((await ask(path, token)).status), `${who}: ${path} is open`);
    t.equal((await ask('/nowhere', token)).status, 404);
  }
  t.match(await ask(`/stories/${STORY}/events`, TOKENS.read, { method: 'POST', body: [] }), {
    body: { detail: /role write for the story "wikileaks-trump-jr"/ },
  });
  t.match(await ask('/metrics', TOKENS.readOne), { body: { detail: /role read for all stories/ } });
  keepsSecret(t, wrong);
});

t.test('other ways to write the header', async (t) => {
  const { ask, keepsSecret } = await serve(t);
  const path = `/stories/${STORY}`;
  const by = async (authorization: string) => (await ask(path, undefined, { headers: { authorization } })).status;
  t.equal(await by(`bearer   ${TOKENS.read}`), 200);
  for (const header of [TOKENS.read, `Basic ${TOKENS.read}`, 'Bearer', `Bearer ${TOKENS.read} ${TOKENS.read}`, `Bearer ${TOKENS.read},`, 'Bearer ='])
    t.equal(await by(header), 401, header.replace(TOKENS.read, '…'));
  keepsSecret(t);
});

t.test('the list of stories has what the caller may read', async (t) => {
  const { ask } = await serve(t, { ...ENV, HINDCAST_PUBLIC: 'open-to-all' });
  for (const story of ['mine', 'yours', 'open-to-all', 'another']) {
    const { body } = await ask(`/stories/${story}/events`, TOKENS.admin, { method: 'POST', body: message('m1', hour(1)) });
    await ask(`/stories/${story}?minPosition=${(body as { position: string }).position}`, TOKENS.admin);
  }
  const listed = async (token?: string) => ((await ask('/stories', token)).body as { stories: { id: string }[] }).stories.map(({ id }) => id).sort();
  t.strictSame(await listed(), ['open-to-all']);
  t.strictSame(await listed(TOKENS.readOne), ['mine', 'open-to-all']);
  t.strictSame(await listed(TOKENS.two), ['mine', 'open-to-all', 'yours'], 'a token may stand for several stories');
  t.strictSame(await listed(TOKENS.host), ['another', 'mine', 'open-to-all', STORY, 'yours']);
  t.match(await ask('/stories', 'a-token-of-nobody-here'), { status: 401, challenge: 'Bearer' });
  t.equal((await ask('/stories', TOKENS.readOne, { method: 'HEAD' })).status, 200);
});

t.test('a public story is read by anyone, and written by who may', async (t) => {
  const { ask } = await serve(t, { ...ENV, HINDCAST_PUBLIC: STORY });
  for (const path of READS) {
    t.equal((await ask(path)).status, 200, path);
    t.equal((await ask(path, TOKENS.readOne)).status, 200, path);
    t.equal((await ask(path, 'a-token-of-nobody-here')).status, 401, 'a wrong token is never overlooked');
  }
  t.equal((await ask('/stories/mine')).status, 401);
  t.equal((await ask('/metrics')).status, 401);
  t.match(await ask(`/stories/${STORY}/events`, undefined, { method: 'POST', body: message('m1', hour(1)) }), { status: 401 });
  t.match(await ask(`/stories/${STORY}/events`, TOKENS.writeOne, { method: 'POST', body: message('m1', hour(1)) }), { status: 403 });
});

t.test('without tokens everything is allowed to everyone, whatever they show; stories may be called public then too', async (t) => {
  const { ask } = await serve(t, { HINDCAST_PUBLIC: 'mine' });
  for (const token of [undefined, 'a-token-of-nobody-here']) {
    for (const path of [...READS, '/stories', '/metrics']) t.equal((await ask(path, token)).status, 200, path);
    t.equal((await ask('/tickets', token, { method: 'POST' })).status, 201);
    const { status, body } = await ask('/stories/yours/events', token, { method: 'POST', body: message(`m-${token}`, hour(1)) });
    t.equal(status, 201);
    t.match(await ask(`/stories?minPosition=${(body as { position: string }).position}`, token), { body: { stories: [{}, {}] } });
  }
});

for (const [what, env] of [
  ['with tokens', ENV],
  ['without', {}],
] as [string, Record<string, string>][])
  t.test(`${what}, a token in an address is refused, whoever it is of, and not repeated`, async (t) => {
    const { ask, keepsSecret } = await serve(t, env);
    for (const name of ['token', 'access_token', 'TOKEN', 'hostToken', 'auth_token', '%74oken'])
      for (const path of ['/', '/stories', `/stories/${STORY}/events`, '/health/live', '/nowhere'])
        t.match(
          await ask(`${path}?x=1&${name}=${TOKENS.admin}`, TOKENS.admin),
          { status: 400, body: { code: 'bad-request', detail: /never stands in an address/ } },
          `${path} ${name}`,
        );
    t.equal((await ask(`/stories?ticket=${TOKENS.admin}`, TOKENS.admin)).status, 400, 'a ticket is for sockets');
    t.equal((await ask(`/%zz?token=${TOKENS.admin}`)).status, 400);
    keepsSecret(t);
  });

t.test('who asks is looked at only where Host and Origin are ours', async (t) => {
  const { app } = await serve(t, { ...ENV, HOST: '127.0.0.1' });
  const by = async (headers: Record<string, string>) =>
    (await app.server.inject({ url: `/stories/${STORY}`, headers: { host: 'localhost', authorization: `Bearer ${TOKENS.admin}`, ...headers } })).json();
  t.match(await by({}), { id: STORY });
  t.match(await by({ host: 'rebound.example' }), { code: 'wrong-host' });
  t.match(await by({ origin: 'https://elsewhere.example' }), { code: 'wrong-origin' });
});

t.test('a route declares what it needs', async (t) => {
  const { ask } = await serve(t, ENV, (server) => {
    const answer = async () => ({ ok: true });
    const needs: [string, Need][] = [
      ['/proof/open', 'open'],
      ['/proof/token', 'token'],
      ['/proof/host', 'host'],
      ['/proof/admin/:story', 'admin'],
    ];
    for (const [url, access] of needs) server.get(url, { config: { access } }, answer);
    server.post<{ Body: { story: string } }>('/proof/own', { config: { access: 'own' } }, async (request) => {
      request.rights.demand('host', request.body.story);
      return { ok: true };
    });
    server.get('/proof/undeclared', answer);
    server.put('/proof/undeclared', answer);
  });
  const own = (token?: string) => ask('/proof/own', token, { method: 'POST', body: { story: 'mine' } });
  t.equal((await ask('/proof/open')).status, 200);
  t.equal((await ask('/proof/token')).status, 401);
  t.equal((await ask('/proof/token', TOKENS.readOne)).status, 200);
  t.equal((await ask('/proof/host', TOKENS.write)).status, 403);
  t.equal((await ask('/proof/host', TOKENS.host)).status, 200);
  t.equal((await ask('/proof/admin/mine', TOKENS.host)).status, 403);
  t.equal((await ask('/proof/admin/mine', TOKENS.admin)).status, 200);
  t.match(await own(), { status: 401, challenge: 'Bearer' });
  t.match(await own('a-token-of-nobody-here'), { status: 401 });
  t.match(await own(TOKENS.readOne), { status: 403, body: { detail: /role host for the story "mine"/ } });
  t.equal((await own(TOKENS.host)).status, 200);
  t.equal((await ask('/proof/undeclared')).status, 401, 'what nobody declared is closed');
  t.equal((await ask('/proof/undeclared', TOKENS.readOne)).status, 403);
  t.equal((await ask('/proof/undeclared', TOKENS.read)).status, 200);
  t.equal((await ask('/proof/undeclared', TOKENS.read, { method: 'PUT' })).status, 403);
  t.equal((await ask('/proof/undeclared', TOKENS.write, { method: 'PUT' })).status, 200);
});

t.test('write and host imply read, admin implies all, and nothing else does', (t) => {
  const roles: readonly Role[] = ['read', 'write', 'host', 'admin'];
  const allowed: Record<Role, readonly Role[]> = { read: ['read'], write: ['read', 'write'], host: ['read', 'host'], admin: roles };
  for (const role of roles) {
    const digest = createHash('sha256').update('x').digest('hex');
    const all = createAccess({ grants: [{ role, story: null, digest }], publicStories: [] }).rightsOf('x');
    const one = createAccess({ grants: [{ role, story: 'a', digest }], publicStories: [] }).rightsOf('x');
    t.strictSame(
      roles.filter((other) => all?.allows(other, 'a')),
      allowed[role],
    );
    t.strictSame(
      roles.filter((other) => all?.allows(other, null)),
      allowed[role],
    );
    t.strictSame(
      roles.filter((other) => one?.allows(other, 'a')),
      allowed[role],
    );
    t.strictSame(
      roles.filter((other) => one?.allows(other, 'b') || one?.allows(other, null)),
      [],
    );
  }
  t.end();
});
