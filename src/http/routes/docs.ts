/**
 * The interface as documents (OpenAPI 3.1, AsyncAPI 3.0), and both together as one page that needs no script.
 * Invariant: the page says nothing that the documents do not say, and whatever stands in them stands there as text.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { catalogue } from '../../../events/catalogue.js';
import { PublishedAnnotation, PublishedEvent } from '../../../events/published.js';
import { ERRORS, type ErrorEntry } from '../../errors.js';
import { MEDIA_TYPES } from '../../exporters/formats.js';
import { Html, html, type Part } from '../../exporters/html.js';
import { asyncApiDocument, type Json } from '../asyncapi.js';

type Node = { [key: string]: Json };

// ---- what the routes' own schemas do not say ----------------------------------------------------

const Nullable = Type.Union([Type.String(), Type.Null()]);
const summaryFields = {
  id: Type.String(),
  title: Type.String(),
  description: Type.Optional(Type.String()),
  timeZone: Type.Optional(Type.String()),
  events: Type.Integer({ description: 'How many happenings, placed or not. Retracted ones do not count.' }),
  from: Type.Union([Type.String(), Type.Null()], { description: 'The placing instant of the first placed happening.' }),
  to: Type.Union([Type.String(), Type.Null()], { description: 'The placing instant of the last.' }),
  firstRevision: Type.Optional(
    Type.Union([Type.Integer(), Type.Null()], {
      description: 'The first revision that the log still has, where that is not 0; null where it has none of them.',
    }),
  ),
  tombstoned: Type.Optional(Type.Literal(true, { description: 'The log has closed the story for good: nothing is added to it any more.' })),
  truncated: Type.Optional(Type.Literal(true, { description: 'Events that the story had are no longer in the log: what is told is of those that are left.' })),
};
const Story = Type.Object({
  ...summaryFields,
  participants: Type.Array(
    Type.Object({ id: Type.String(), name: Type.String(), aliases: Type.Array(Type.String()), kind: Type.String(), description: Type.Optional(Type.String()) }),
  ),
  sources: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  chapters: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  doubts: Type.Array(Type.String(), { description: 'What the sources leave open.' }),
  revision: Type.Integer({ description: 'For If-Match; also the ETag.' }),
  position: Type.String(),
  withoutEffect: Type.Object(
    { setAside: Type.Integer(), copies: Type.Integer(), waiting: Type.Integer(), refused: Type.Integer() },
    { description: 'Stored events that have no effect: not readable, id known before, target missing, invalid as corrected.' },
  ),
});
const Lag = Type.Object({
  status: Type.Enum(['current', 'building', 'refolding', 'failed']),
  events: Type.Integer({ description: 'How many events of the story it has not seen.' }),
  seconds: Type.Number(),
});
const Rows = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  list: Type.String(),
  at: Nullable,
  position: Type.String(),
  size: Type.Integer({ description: 'How many rows there are in all.' }),
  rows: Type.Array(Type.Unknown()),
  next: Type.Union([Type.String(), Type.Null()], { description: 'For after; null at the end.' }),
});
const State = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  position: Type.String(),
  stale: Type.Optional(Type.Boolean()),
  state: Type.Unknown(),
});
const Status = Type.Object({ status: Type.String(), reasons: Type.Optional(Type.Array(Type.String())) });
const Problem = Type.Object({
  type: Type.String({ description: 'urn:hindcast:error: and the code.' }),
  title: Type.String({ description: 'The sentence of the code.' }),
  status: Type.Integer(),
  code: Type.Enum(Object.keys(ERRORS)),
  detail: Type.Optional(Type.String({ description: 'What was wrong with this request.' })),
  faults: Type.Optional(Type.Array(Type.Object({ at: Type.String(), message: Type.String() }), { description: 'Where.' })),
});

interface Answer {
  readonly says: string;
  readonly schema?: TSchema | Node;
  readonly media?: string | readonly string[];
}
interface Words {
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<string, Answer>>;
}

const ref = (name: string): Node => ({ $ref: `#/components/schemas/${name}` });
const page = (summary: string, media: string, says: string): Words => ({ summary, answers: { 200: { says, media } } });

const WORDS: Readonly<Record<string, Words>> = {
  'get /health/live': { summary: 'Is the process alive?', answers: { 200: { says: 'It is.', schema: Status } } },
  'get /health/ready': {
    summary: 'Is it fit to be asked?',
    answers: {
      200: { says: 'What it shows is no older than HINDCAST_READY_LAG says, and the log answers.', schema: Status },
      503: { says: 'It is not, for these reasons.', schema: Status },
    },
  },
  'get /stories': {
    summary: 'The stories there are',
    answers: { 200: { says: 'All of them.', schema: Type.Object({ stories: Type.Array(Type.Object(summaryFields)) }) } },
  },
  'get /stories/{story}': { summary: 'One story: who takes part, its sources, its doubts', answers: { 200: { says: 'The story.', schema: Story } } },
  'get /stories/{story}/events': {
    summary: 'Its happenings, in story order',
    answers: {
      200: {
        says: 'A page of them; `next` is for `after`.',
        schema: { type: 'object', required: ['events', 'next'], properties: { events: { type: 'array', items: ref('Event') }, next: plain(Nullable) } },
      },
    },
  },
  'post /stories/{story}/events': {
    summary: 'Records events: all of them, or none',
    description:
      'One draft or an array of drafts. A story that is not there begins with its first event. The headers `If-Match: <revision>` and `If-None-Match: *` (a new story) say what the writer expects of the story.',
    answers: {
      201: {
        says: 'Recorded, and durable.',
        schema: Type.Object({
          revision: Type.Integer(),
          position: Type.String({ description: 'For minPosition of a read that is to see it.' }),
          events: Type.Array(Type.Object({ id: Type.String(), type: Type.String(), story: Type.String(), revision: Type.Integer() })),
        }),
      },
      200: { says: 'All of it had been stored before; nothing was added. The same shape.' },
    },
  },
  'get /stories/{story}/events/{id}': {
    summary: 'One event with everything recorded about it',
    answers: {
      200: {
        says: 'A happening as it is in force; or, for a note or a retracted happening, what was recorded.',
        schema: {
          anyOf: [ref('Event'), { type: 'object', properties: { retractedBy: { type: 'string' }, annotations: { type: 'array', items: ref('Annotation') } } }],
        },
      },
    },
  },
  'get /stories/{story}/transcript': {
    summary: 'The whole story as one HTML document without scripts, for paper and for screen readers',
    description:
      'Day by day what happened, what is said about it, and what came of each request; as of any moment, through any eyes. The ETag holds for the same query; a stale past has none.',
    answers: { 200: { says: 'The document, written as fast as it is read.', media: 'text/html' }, 304: { says: 'It is as it was: If-None-Match names it.' } },
  },
  'get /stories/{story}/export': {
    summary: 'The story as a file',
    description: [
      '`cloudevents`: all of it as it was recorded, an event a line; nothing is lost, and any log of ours takes it.',
      'The others tell its happenings as they are in force, in story order, as of any moment, through any eyes, and lose what they have no place for.',
      '`csv`: a row for each happening, or for each request; a cell that a spreadsheet would take for a formula begins with an apostrophe, and what a cell holds several of stands on a line each.',
      '`timelinejs`: the JSON of TimelineJS; `webvtt`: cues timed as a replay shows them; `text`: plain text.',
      'What is recorded meanwhile is said at the end, in `csv` by the trailer `hindcast-changed`. The ETag holds for the same query; a stale past has none.',
    ].join(' '),
    answers: {
      200: { says: 'The file, written as fast as it is read.', media: MEDIA_TYPES },
      304: { says: 'It is as it was: If-None-Match names it.' },
    },
  },
  'get /stories/{story}/projections': {
    summary: 'The views there are',
    answers: {
      200: {
        says: 'Each, and how far it is behind the log.',
        schema: Type.Object({ projections: Type.Array(Type.Object({ name: Type.String(), version: Type.Integer(), description: Type.String(), lag: Lag })) }),
      },
    },
  },
  'get /stories/{story}/projections/{name}/updates': {
    summary: 'A view at the head of the log, as server-sent events',
    description: 'Events named state: now, and whenever the view changes. The id of each is a position of the log; Last-Event-ID resumes.',
    answers: { 200: { says: 'The stream; the data of each event is this, as JSON.', media: 'text/event-stream', schema: State } },
  },
  'get /metrics': page('What the server counts', 'text/plain', 'As Prometheus reads it.'),
  'get /openapi.json': page('This interface as OpenAPI 3.1', 'application/json', 'The document.'),
  'get /asyncapi.json': page('The sockets as AsyncAPI 3.0', 'application/json', 'The document.'),
  'get /docs': page('Both as a page', 'text/html', 'The page.'),
};
const ROWS: Answer = { says: 'A page of them.', schema: Rows };

function plain(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}
const asNode = (value: Json | undefined): Node => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {});
const asList = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const isSilent = (answer: Json | undefined): boolean => asText(asNode(answer).description) === 'Default Response';

/** The document of the routes, with what their schemas leave unsaid. What they say themselves stays. */
export function completeOpenApi(written: unknown): Node {
  const document = asNode(plain(written));
  const components = asNode(document.components);
  const drafts = catalogue.types.map(({ type, schema }) => [`${type}Draft`, plain(schema)] as const);
  document.components = {
    ...components,
    schemas: {
      ...asNode(components.schemas),
      Event: plain(PublishedEvent),
      Annotation: plain(PublishedAnnotation),
      Problem: plain(Problem),
      Draft: { anyOf: drafts.map(([name]) => ref(name)) },
      ...Object.fromEntries(drafts),
    },
  };
  for (const [path, operations] of Object.entries(asNode(document.paths))) {
    for (const [method, one] of Object.entries(asNode(operations))) {
      const operation = asNode(one);
      const words = WORDS[`${method} ${path}`];
      if (words !== undefined) {
        operation.summary ??= words.summary;
        if (words.description !== undefined) operation.description ??= words.description;
      }
      const responses = asNode(operation.responses);
      const answers = words?.answers ?? (path.endsWith('/rows') ? { 200: ROWS } : {});
      if (Object.keys(answers).length > 0 && isSilent(responses['200'])) delete responses['200'];
      for (const [status, { says, schema, media = 'application/json' }] of Object.entries(answers)) {
        const one = schema === undefined ? {} : { schema: plain(schema) };
        const types = typeof media === 'string' ? [media] : media;
        const content = schema === undefined && media === 'application/json' ? {} : { content: Object.fromEntries(types.map((type) => [type, one])) };
        responses[status] ??= { description: says, ...content };
      }
      for (const answer of Object.values(responses))
        if (isSilent(answer)) asNode(answer).description = path.includes('/projections/') ? 'The view.' : 'The answer.';
      responses.default ??= { description: 'What went wrong, by its code.', content: { 'application/problem+json': { schema: ref('Problem') } } };
      operation.responses = responses;
      if (`${method} ${path}` === 'post /stories/{story}/events')
        operation.requestBody ??= {
          required: true,
          content: { 'application/json': { schema: { anyOf: [ref('Draft'), { type: 'array', items: ref('Draft') }] } } },
        };
    }
  }
  return document;
}

// ---- the page -----------------------------------------------------------------------------------

const idOf = (...words: string[]): string =>
  words
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const STYLE = `
:root { color-scheme: light dark; --paper: light-dark(#fafaf8, #16181b); --raised: light-dark(#fff, #1d2024); --ink: light-dark(#1e2124, #e7e6e2);
  --muted: light-dark(#5b6167, #a0a6ac); --line: light-dark(#d9dbd7, #343940); --accent: light-dark(#2f6661, #86c2bb); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 58rem; padding: 0 clamp(1rem, 4vw, 2.5rem) 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1, h2 { font-family: "Iowan Old Style", Palatino, "Noto Serif", Georgia, serif; font-weight: 500; line-height: 1.2; }
h1 { margin: 2rem 0 .25rem; font-size: 2rem; }
h2 { margin: 3rem 0 .5rem; padding-top: .5rem; border-top: 1px solid var(--line); font-size: 1.5rem; }
h3 { margin: 0 0 .25rem; font-size: 1rem; line-height: 1.4; }
h4 { margin: .9rem 0 .25rem; font-size: .85rem; font-weight: 600; color: var(--muted); }
p { margin: 0 0 .5rem; max-width: 44rem; }
code, .type { font: .9em/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace; }
a { color: var(--accent); text-underline-offset: .2em; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
article { margin: .75rem 0; padding: .9rem 1.1rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
article:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.method { display: inline-block; min-width: 3.2em; color: var(--accent); font-weight: 700; }
.muted, .type, .need { color: var(--muted); }
.need { font-size: .8rem; }
ul { margin: 0; padding: 0; list-style: none; }
.tree ul { margin-left: .35rem; padding-left: .9rem; border-left: 1px solid var(--line); }
.tree li { padding: .12rem 0; }
.tree .says { display: block; color: var(--muted); font-size: .9rem; }
summary { cursor: pointer; width: fit-content; max-width: 100%; }
pre { margin: .25rem 0; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: 4px; white-space: pre-wrap; font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
nav ul { columns: 18rem; column-gap: 2rem; margin: .25rem 0 .75rem; font-size: .9rem; }
nav ul.short { columns: 7rem; }
nav li { break-inside: avoid; padding: .08rem 0; }
.errors li { padding: .4rem 0; border-bottom: 1px solid var(--line); }
.errors .says { display: block; }
article > details.tree + p { margin-top: .5rem; }
@media (max-width: 34rem) { article { padding: .7rem .8rem; } h1 { font-size: 1.6rem; } }
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Words in which what stands between backticks is code. */
const prose = (text: string): Part => text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));

const nameOfRef = (reference: string): string => reference.split('/').at(-1) ?? reference;

/** A type in a few words: what stands behind the name of a field. */
function typeText(schema: Node): string {
  if (typeof schema.$ref === 'string') return nameOfRef(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const options = asList(schema.anyOf ?? schema.oneOf);
  if (options.length > 0) return [...new Set(options.map((one) => typeText(asNode(one))))].join(' | ');
  if (schema.type === 'array') return `array of ${typeText(asNode(schema.items))}`;
  if (schema.patternProperties !== undefined && schema.properties === undefined) return 'object with any names';
  return Array.isArray(schema.type) ? schema.type.join(' | ') : asText(schema.type) || 'anything';
}

/** What bounds a value, in a few words. */
function boundsText(schema: Node): string {
  const { minimum, maximum, exclusiveMinimum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const said = (text: string, value: Json | undefined) => (value === undefined ? [] : [`${text} ${String(value)}`]);
  return [
    ...said('at least', minimum),
    ...said('more than', exclusiveMinimum),
    ...said('at most', maximum),
    ...said('length from', minLength),
    ...said('length to', maxLength),
    ...said('items from', minItems),
    ...said('items to', maxItems),
    ...said('like', pattern),
  ].join(', ');
}

/** Does a schema have anything beneath it that its name does not say? */
function hasInside(schema: Node): boolean {
  if (schema.properties !== undefined) return true;
  if (schema.type === 'array') return hasInside(asNode(schema.items));
  return asList(schema.anyOf ?? schema.oneOf).some((one) => hasInside(asNode(one)));
}

function typeHtml(schema: Node): Html {
  if (typeof schema.$ref === 'string') return html`<a class="type" href="#${idOf('schema', nameOfRef(schema.$ref))}">${nameOfRef(schema.$ref)}</a>`;
  if (schema.type === 'array' && asNode(schema.items).$ref !== undefined) return html`<span class="type">array of </span>${typeHtml(asNode(schema.items))}`;
  const options = asList(schema.anyOf ?? schema.oneOf).map(asNode);
  if (options.some((one) => one.$ref !== undefined || asNode(one.items).$ref !== undefined))
    return html`${options.map((one, i) => html`${i === 0 ? '' : html`<span class="type"> | </span>`}${typeHtml(one)}`)}`;
  return html`<span class="type">${typeText(schema)}</span>`;
}

function insideHtml(schema: Node): Html {
  if (schema.type === 'array') return insideHtml(asNode(schema.items));
  const options = asList(schema.anyOf ?? schema.oneOf).map(asNode);
  if (options.length > 0) return html`${options.filter(hasInside).map(insideHtml)}`;
  const required = asList(schema.required);
  return html`<ul>${Object.entries(asNode(schema.properties)).map(([name, inner]) => fieldHtml(name, asNode(inner), required.includes(name)))}</ul>`;
}

function fieldHtml(name: string, schema: Node, isRequired: boolean, where = ''): Html {
  const bounds = [where, boundsText(schema)].filter((text) => text !== '').join(', ');
  const line = html`<code>${name}</code>${isRequired ? '' : html` <span class="need">optional</span>`} ${typeHtml(schema)}${bounds === '' ? '' : html` <span class="need">${bounds}</span>`}`;
  const says = typeof schema.description === 'string' ? html`<span class="says">${prose(schema.description)}</span>` : '';
  return hasInside(schema) ? html`<li><details><summary>${line}</summary>${says}${insideHtml(schema)}</details></li>` : html`<li>${line}${says}</li>`;
}

/** A schema as a tree; `open` shows its first level. */
function treeHtml(schema: Node, open = false, before: Part = ''): Html {
  if (!hasInside(schema)) return html`<p>${before}${typeHtml(schema)}</p>`;
  return html`<details class="tree"${open ? new Html(' open') : ''}><summary>${before}${typeHtml(schema)}</summary>${insideHtml(schema)}</details>`;
}

const paragraph = (text: Json | undefined): Part => (typeof text === 'string' && text !== '' ? html`<p>${prose(text)}</p>` : '');

/** What is sent: media type and schema, on one line where it has nothing beneath it. */
function contentHtml(content: Json | undefined): Part {
  return Object.entries(asNode(content)).map(([media, of]) => {
    const schema = asNode(asNode(of).schema);
    const type = html`<code class="muted">${media}</code>`;
    if (Object.keys(schema).length === 0) return html`<p>${type}</p>`;
    return hasInside(schema) ? treeHtml(schema, false, html`${type} `) : html`<p>${type} ${typeHtml(schema)}</p>`;
  });
}

function operationHtml(method: string, path: string, operation: Node): Html {
  const id = idOf(method, path);
  const all = asList(operation.parameters).map(asNode);
  const parameters = [...all.filter((one) => one.in === 'path'), ...all.filter((one) => one.in !== 'path')];
  const parameter = (one: Node) => {
    const description = asText(one.description);
    const schema = { ...asNode(one.schema), ...(description === '' ? {} : { description }) };
    return fieldHtml(asText(one.name), schema, one.required === true, one.in === 'query' ? '' : `in the ${asText(one.in)}`);
  };
  const body = asNode(operation.requestBody);
  return html`<article id="${id}">
<h3><a href="#${id}"><span class="method">${method.toUpperCase()}</span> <code>${path}</code></a></h3>
${paragraph(operation.summary)}${paragraph(operation.description)}
${parameters.length === 0 ? '' : html`<h4>Parameters</h4><div class="tree"><ul>${parameters.map(parameter)}</ul></div>`}
${body.content === undefined ? '' : html`<h4>Body</h4>${contentHtml(body.content)}`}
<h4>Answers</h4>${Object.entries(asNode(operation.responses)).map(([status, answer]) => html`<p><code>${status === 'default' ? 'else' : status}</code> ${prose(asText(asNode(answer).description))}</p>${contentHtml(asNode(answer).content)}`)}
</article>`;
}

function messageHtml(key: string, message: Node): Html {
  const id = idOf(key);
  return html`<article id="${id}">
<h3><a href="#${id}"><code>${asText(message.name)}</code></a></h3>
${paragraph(message.summary)}
${asList(message.examples).map((one) => html`<pre>${JSON.stringify(asNode(one).payload)}</pre>`)}
${treeHtml(asNode(message.payload), true)}
</article>`;
}

function channelHtml(name: string, channel: Node): Html {
  const id = idOf('channel', name);
  const query = asNode(asNode(asNode(asNode(channel.bindings).ws).query).properties);
  const fields = [
    ...Object.entries(asNode(channel.parameters)).map(([field, of]) =>
      fieldHtml(field, { type: 'string', description: asText(asNode(of).description) }, true, 'in the path'),
    ),
    ...Object.entries(query).map(([field, schema]) => fieldHtml(field, asNode(schema), false)),
  ];
  return html`<article id="${id}">
<h3><a href="#${id}"><code>${asText(channel.address)}</code></a></h3>
<p>${asText(channel.title)}. ${asText(channel.description)}</p>
<h4>Parameters</h4><div class="tree"><ul>${fields}</ul></div>
</article>`;
}

/** Both documents as a page. */
export function docsPage(openApi: Node, asyncApi: Node): string {
  const operations = Object.entries(asNode(openApi.paths)).flatMap(([path, of]) =>
    Object.entries(asNode(of)).map(([method, operation]) => ({ method, path, operation: asNode(operation) })),
  );
  const channels = Object.entries(asNode(asyncApi.channels));
  const messages = Object.entries(asNode(asNode(asyncApi.components).messages));
  const side = (name: string) => messages.filter(([key]) => key.startsWith(`${name}.`));
  const schemas = Object.entries({ ...asNode(asNode(asyncApi.components).schemas), ...asNode(asNode(openApi.components).schemas) });
  const link = (id: string, text: Part) => html`<li><a href="#${id}">${text}</a></li>`;
  const codes: [string, ErrorEntry][] = Object.entries(ERRORS);
  const list = (id: string, title: string, links: Part, style = '') =>
    html`<details open><summary><a href="#${id}">${title}</a></summary><ul class="${style}">${links}</ul></details>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Hindcast: the interface</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>Hindcast: the interface</h1>
<p class="muted">Made from <a href="/openapi.json">openapi.json</a> and <a href="/asyncapi.json">asyncapi.json</a>, which say the same to machines.</p>
</header>
<nav aria-label="Contents">
${list(
  'http',
  'HTTP',
  operations.map(({ method, path }) => link(idOf(method, path), html`<code>${method.toUpperCase()} ${path}</code>`)),
)}
${list(
  'replay',
  'The replay, over a WebSocket',
  channels.map(([name, channel]) => link(idOf('channel', name), html`<code>${asText(asNode(channel).address)}</code>`)),
)}
${list(
  'from-client',
  'Client to server',
  side('client').map(([key, message]) => link(idOf(key), html`<code>${asText(asNode(message).name)}</code>`)),
  'short',
)}
${list(
  'from-server',
  'Server to client',
  side('server').map(([key, message]) => link(idOf(key), html`<code>${asText(asNode(message).name)}</code>`)),
  'short',
)}
<p><a href="#shapes">Shapes</a> · <a href="#errors">Errors</a></p>
</nav>
<main>
<h2 id="http">HTTP</h2>
${paragraph(asNode(openApi.info).description)}
${operations.map(({ method, path, operation }) => operationHtml(method, path, operation))}
<h2 id="replay">The replay, over a WebSocket</h2>
${paragraph(asNode(asyncApi.info).description)}
${channels.map(([name, channel]) => channelHtml(name, asNode(channel)))}
<h2 id="from-client">Client to server</h2>
${side('client').map(([key, message]) => messageHtml(key, asNode(message)))}
<h2 id="from-server">Server to client</h2>
${side('server').map(([key, message]) => messageHtml(key, asNode(message)))}
<h2 id="shapes">Shapes</h2>
${schemas.map(([name, schema]) => html`<article id="${idOf('schema', name)}"><h3><a href="#${idOf('schema', name)}"><code>${name}</code></a></h3>${treeHtml(asNode(schema))}</article>`)}
<h2 id="errors">Errors</h2>
<p>Over HTTP, and over the socket as error frames with the same code. The socket is closed with the close code where it cannot be opened or cannot go on.</p>
<ul class="errors">${codes.map(
    ([code, { status, close, sentence }]) =>
      html`<li id="${idOf('error', code)}"><code>${code}</code> <span class="need">HTTP ${status}${close === undefined ? '' : `, close ${close}`}</span><span class="says">${sentence}</span></li>`,
  )}</ul>
</main>
</body>
</html>
`.text;
}

export function docsRoutes(server: FastifyInstance, swagger: () => unknown): void {
  let written: Node | undefined;
  const openApi = () => {
    written ??= completeOpenApi(swagger());
    return written;
  };
  const asyncApi = (host: string) => asyncApiDocument({ host });
  server.get('/openapi.json', async () => openApi());
  server.get('/asyncapi.json', async (request) => asyncApi(request.host));
  server.get('/docs', async (request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .send(docsPage(openApi(), asyncApi(request.host))),
  );
}
