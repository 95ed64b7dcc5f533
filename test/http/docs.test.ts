import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import t from 'tap';
import { Compile } from 'typebox/schema';
import { WebSocket } from 'ws';
import { ERRORS, type HindcastError } from '../../src/errors.js';
import { asyncApiDocument } from '../../src/http/asyncapi.js';
import { completeOpenApi, docsPage } from '../../src/http/routes/docs.js';
import { parseClientMessage, parseOpening, serverFrames } from '../../src/protocol.js';
import { buildApp } from '../support/app.js';
import { hour, message } from '../support/drafts.js';

const STORY = 'wikileaks-trump-jr';
const host = { host: 'localhost:1' };
type Node = { [key: string]: Json };
type Json = null | boolean | number | string | Json[] | Node;
type Server = Awaited<ReturnType<typeof buildApp>>['server'];
const get = async (server: Server, url: string) => server.inject({ url, headers: host });
const json = async (server: Server, url: string) => (await get(server, url)).json();

/** What a reference of a document leads to. Throws where it leads nowhere. */
function resolve(document: Node, reference: string): Json {
  if (!reference.startsWith('#/')) throw new Error(`${reference} leads out of the document`);
  let node: Json = document;
  for (const name of reference.slice(2).split('/')) {
    const next: Json | undefined = (node as Node)[name.replaceAll('~1', '/').replaceAll('~0', '~')];
    if (next === undefined) throw new Error(`${reference} leads nowhere`);
    node = next;
  }
  return node;
}

/** A part of a document with everything it refers to in its place. */
function whole(document: Node, node: Json): Json {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((inner) => whole(document, inner));
  if (typeof node.$ref === 'string') return whole(document, resolve(document, node.$ref));
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, whole(document, inner)]));
}
const compiled = (document: Node, schema: Json) => Compile(whole(document, schema) as object);
const payloadOf = (document: Node, key: string) => compiled(document, ((resolve(document, `#/components/messages/${key}`) as Node).payload ?? null) as Json);

t.test('/asyncapi.json is AsyncAPI 3.0, by the schema of its own makers', async (t) => {
  const { server } = await buildApp(t);
  const document = await json(server, '/asyncapi.json');
  const theirs = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
  const validator = Compile(JSON.parse(readFileSync(theirs, 'utf8')));
  t.equal(validator.Check(document), true, JSON.stringify(validator.Errors(document)[1].slice(0, 5)));
  t.equal(validator.Check({ ...document, operations: { one: { action: 'shout' } } }), false, 'what is none is not taken for one');

  t.doesNotThrow(() => whole(document, document), 'every reference leads somewhere');
  const channels = Object.values(document.channels as Record<string, { address: string }>);
  t.strictSame(
    channels.map(({ address }) => address),
    ['/stories/{story}/replay', '/sessions/{id}/replay'],
  );
  const spoken = new Set(
    Object.values(document.operations as Record<string, { messages: { $ref: string }[] }>).flatMap(({ messages }) =>
      messages.map(({ $ref }) => $ref.split('/').at(-1)),
    ),
  );
  t.strictSame([...spoken].sort(), Object.keys(document.components.messages).sort(), 'every message is in an operation');
  for (const [key, { summary }] of Object.entries(document.components.messages as Record<string, { summary: string }>))
    t.match(summary, /\w/, `${key} is described`);
  t.equal(document.servers.here.host, host.host);
});

t.test('the query of the opening is described parameter by parameter', async (t) => {
  const document = asyncApiDocument({ host: 'localhost' }) as unknown as {
    channels: Record<string, { bindings: { ws: { query: { properties: Record<string, { description: string }> } } } }>;
  };
  const said = document.channels.privateReplay?.bindings.ws.query.properties ?? {};
  let refused = '';
  try {
    parseOpening({ nonsense: '1' });
  } catch (error) {
    refused = (error as HindcastError).detail ?? '';
  }
  const taken = /there are (.*)\.$/.exec(refused)?.[1]?.split(', ') ?? [];
  t.ok(taken.length > 10);
  // The ticket is read before the opening is.
  t.strictSame(Object.keys(said).sort(), [...new Set([...taken, 'ticket', 'auth'])].sort());
  for (const { description } of Object.values(said)) t.match(description, /\w/);
});

t.test('the schemas of the document accept what is said in a real session, and nothing broken', async (t) => {
  const app = await buildApp(t);
  const document = (await json(app.server, '/asyncapi.json')) as Node;
  const address = await app.listen();
  const socket = new WebSocket(`${address.replace('http', 'ws')}/stories/${STORY}/replay?fit=1&idleLimit=0.1&projections=unanswered-requests`, 'hindcast.v1');
  t.teardown(() => socket.terminate());
  const frames: Node[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send('{"type":"ping","t":1}');
      socket.send('{"type":"nonsense"}');
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Node;
      frames.push(frame);
      if (frame.type === 'clock' && frame.status === 'ended') resolve();
    });
  });
  const seen = new Set(frames.map((frame) => frame.type as string));
  t.strictSame([...seen].sort(), ['clock', 'error', 'event', 'hello', 'pong', 'projection', 'silence']);
  const checks = new Map(Object.keys(serverFrames).map((type) => [type, payloadOf(document, `server.${type}`)]));
  for (const frame of frames) if (checks.get(frame.type as string)?.Check(frame) !== true) t.fail(`refused: ${JSON.stringify(frame)}`);
  for (const type of seen) {
    const { type: _, ...untyped } = frames.find((frame) => frame.type === type) as Node;
    t.equal(checks.get(type)?.Check({ type, ...untyped, more: 1 }), false, `${type} with a field too many`);
    t.equal(checks.get(type)?.Check(untyped), false, `${type} without its type`);
  }
  const event = frames.find((frame) => frame.type === 'event') as { event: Node };
  const { when: _, ...timeless } = event.event;
  t.equal(checks.get('event')?.Check({ ...event, event: timeless }), false, 'an event without its when');
});

t.test('every example of a client message is one', async (t) => {
  const document = asyncApiDocument({ host: 'localhost' }) as Node;
  for (const [key, about] of Object.entries((document.components as Node).messages as Node)) {
    if (!key.startsWith('client.')) continue;
    const [example] = ((about as Node).examples ?? []) as { payload: Json }[];
    t.equal(payloadOf(document, key).Check(example?.payload), true, key);
    if (key !== 'client.auth') t.match(parseClientMessage(JSON.stringify(example?.payload)), { message: { type: key.slice('client.'.length) } });
    t.equal(payloadOf(document, key).Check({ ...(example?.payload as Node), more: 1 }), false);
  }
});

t.test('/openapi.json says of every route what it is for and what it answers, and the answers are so', async (t) => {
  const { server } = await buildApp(t);
  const document = (await json(server, '/openapi.json')) as Node;
  t.doesNotThrow(() => whole(document, document), 'every reference leads somewhere');
  const operations = Object.entries(document.paths as Node).flatMap(([path, of]) =>
    Object.entries(of as Node).map(([method, operation]) => ({ name: `${method} ${path}`, operation: operation as Node })),
  );
  for (const { name, operation } of operations) {
    t.match(operation.summary, /\w/, name);
    const answers = Object.entries(operation.responses as Node).map(([status, answer]) => ({ status, says: (answer as Node).description }));
    t.ok(
      answers.some(({ status }) => /^20[014]$/.test(status)),
      `${name}: what it answers`,
    );
    for (const { says } of answers) t.not(says, 'Default Response', name);
  }
  const answerOf = (name: string, status: string) => {
    const { operation } = operations.find((one) => one.name === name) as { operation: Node };
    const response = (operation.responses as Node)[status] as { content: Record<string, { schema: Json }> };
    return compiled(document, (response.content['application/json'] ?? response.content['application/problem+json'])?.schema ?? null);
  };
  const isSo = (name: string, body: unknown, status = '200') => {
    const validator = answerOf(name, status);
    t.equal(validator.Check(body), true, `${name}: ${JSON.stringify(validator.Errors(body)[1].slice(0, 3))}`);
    t.equal(validator.Check({ nothing: 'of it' }), false, `${name}: anything goes`);
  };
  isSo('get /health/live', await json(server, '/health/live'));
  isSo('get /stories', await json(server, '/stories'));
  isSo('get /stories/{story}', await json(server, `/stories/${STORY}`));
  isSo('get /stories/{story}/events', await json(server, `/stories/${STORY}/events`));
  isSo('get /stories/{story}/projections', await json(server, `/stories/${STORY}/projections`));
  isSo('get /stories/{story}/projections/unanswered-requests/rows', await json(server, `/stories/${STORY}/projections/unanswered-requests/rows?list=answered`));
  isSo('get /stories/{story}', await json(server, '/stories/none'), 'default');
  const drafts = [message('m1', hour(1)), message('m2', hour(2))];
  const posted = await server.inject({
    method: 'POST',
    url: '/stories/mine/events',
    headers: { ...host, 'content-type': 'application/json' },
    payload: JSON.stringify(drafts),
  });
  isSo('post /stories/{story}/events', posted.json(), '201');
  const body = operations.find((one) => one.name === 'post /stories/{story}/events')?.operation.requestBody as { content: Record<string, { schema: Json }> };
  const takes = compiled(document, body.content['application/json']?.schema ?? null);
  t.equal(takes.Check(drafts), true);
  t.equal(takes.Check([{ type: 'MessageSent' }]), false);
});

t.test('/docs shows all of it on one page without scripts', async (t) => {
  const { server } = await buildApp(t);
  const reply = await get(server, '/docs');
  const page = reply.body;
  t.match(reply.headers['content-type'], 'text/html');
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
  const policy = String(reply.headers['content-security-policy']);
  t.match(policy, /^default-src 'none'; style-src 'sha256-/);
  t.ok(policy.includes(`'sha256-${createHash('sha256').update(style).digest('base64')}'`), 'its own style is let in');
  t.notMatch(page, /<script|\son\w+=|\sstyle=|javascript:/i);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  t.equal(new Set(ids).size, ids.length, 'no id twice');
  for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) if (!ids.includes(target)) t.fail(`#${target} leads nowhere`);
  const [openApi, asyncApi] = [await json(server, '/openapi.json'), await json(server, '/asyncapi.json')];
  for (const path of Object.keys(openApi.paths)) t.ok(page.includes(`<code>${path}</code>`), path);
  for (const key of Object.keys(asyncApi.components.messages)) t.ok(ids.includes(key.toLowerCase().replace('.', '-')), key);
  for (const [code, { sentence }] of Object.entries(ERRORS)) t.ok(ids.includes(`error-${code}`) && page.includes(sentence.replaceAll("'", '&#39;')), code);
});

t.test('whatever stands in the documents stands on the page as text', async (t) => {
  const evil = `"><script>alert('x')</script><b a='`;
  const schema = { type: 'object', description: evil, properties: { [evil]: { description: evil, enum: [evil], pattern: evil } }, required: [evil] };
  const openApi = completeOpenApi({
    info: { description: evil },
    paths: {
      [`/${evil}`]: {
        get: {
          summary: evil,
          description: evil,
          parameters: [{ name: evil, in: evil, schema }],
          responses: { [evil]: { description: evil, content: { [evil]: { schema } } } },
        },
      },
    },
    components: { schemas: { [evil]: schema } },
  });
  const asyncApi = {
    info: { description: evil },
    channels: { [evil]: { address: evil, title: evil, description: evil, parameters: { [evil]: { description: evil } }, bindings: { ws: { query: schema } } } },
    components: { messages: { [`client.${evil}`]: { name: evil, summary: evil, examples: [{ payload: { evil } }], payload: schema } } },
  };
  const page = docsPage(openApi, asyncApi);
  t.notMatch(page, /<script|<b /);
  t.ok(page.includes('&quot;&gt;&lt;script&gt;'));
});
