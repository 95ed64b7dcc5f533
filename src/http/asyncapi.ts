/**
 * The document of the sockets (AsyncAPI 3.0), made of the very schemas that frames are checked with.
 * Invariant: every message of the protocol is in it and is described; a new type does not compile without its description.
 */
import type { TSchema } from 'typebox';
import { PublishedEvent } from '../../events/published.js';
import { AuthMessage, type ClientMessage, ClientMessageSchema, LONGEST_FRAME, type ServerFrame, serverFrames, SUBPROTOCOL } from '../protocol.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };

interface About {
  readonly says: string;
  readonly example?: Node;
}

/** What each message of a client asks for. `auth` comes before the session, and its schema is not the protocol's. */
const FROM_CLIENT: Readonly<Record<ClientMessage['type'] | 'auth', About>> = {
  auth: {
    says: "Who is there. Where tokens are in force it is the first message, unless a ticket or a header has said it: a token of this server, or the token of a shared session's host.",
    example: { type: 'auth', token: 'a-token' },
  },
  play: { says: 'Runs the clock. At the end it begins again.', example: { type: 'play' } },
  pause: { says: 'Stops the clock where it is.', example: { type: 'pause' } },
  seek: {
    says: 'Goes to a moment of the story: its state as of then, everything at it included, then what comes after. Clamps to the story, and says so.',
    example: { type: 'seek', at: '2016-10-20T00:00:00-04:00', requestId: 1 },
  },
  rate: { says: 'Changes the rate, in story seconds per second, from 0.01 to 10,000,000. The place is kept.', example: { type: 'rate', rate: 3600 } },
  live: { says: 'Goes to the end, and on with what is appended.', example: { type: 'live' } },
  step: {
    says: 'Goes on by so many happenings, days or chapters, back where the count is negative, and pauses. Without a count: one.',
    example: { type: 'step', unit: 'event', count: -1 },
  },
  until: { says: 'Ends the replay at a moment, inclusive. Null: at the end of the story.', example: { type: 'until', at: null } },
  loop: {
    says: 'Plays from one moment to another, the second exclusive, again and again. Nulls end it.',
    example: { type: 'loop', from: '2016-10-12T00:00:00-04:00', to: '2016-10-15T00:00:00-04:00' },
  },
  idleLimit: {
    says: 'The longest gap between two happenings, in presentation seconds. Null: gaps are played as they are.',
    example: { type: 'idleLimit', seconds: 2 },
  },
  filter: {
    says: 'Which happenings are sent, and through whose eyes. What it leaves out stays as it is, null ends it. Views fold all happenings all the same.',
    example: { type: 'filter', types: ['MessageSent'], participants: null },
  },
  subscribe: { says: 'Shows a view: its state now, then what changes of it.', example: { type: 'subscribe', projection: 'unanswered-requests' } },
  unsubscribe: { says: 'Shows a view no longer.', example: { type: 'unsubscribe', projection: 'unanswered-requests' } },
  ping: { says: 'Answered by pong, with the same t.', example: { type: 'ping', t: 1 } },
};

/** When each frame of the server comes. */
const FROM_SERVER: Readonly<Record<ServerFrame['type'], About>> = {
  hello: {
    says: "First, and again where a viewer of a shared session shows that he is its host: the session, the story with its first and last instant, the limits in force, the server's time.",
  },
  clock: {
    says: 'On every change and at the edges of a shortened silence, never on a tick. at is the story time at server time wall (milliseconds since the epoch); extrapolate by rate.',
  },
  event: {
    says: 'A happening, when it is due. dueWall is the server time that it was scheduled for. late: it was recorded after its moment had played. backfill: it came while nobody was connected.',
  },
  changed: { says: 'Something that was sent before has been corrected, or retracted (event is null).' },
  projection: {
    says: 'A view. The full state on subscribing, on a seek and when the past changes; else a patch (RFC 6902) on seq − 1 of the same generation. stale: the past is being folded anew, and this is the last consistent state before.',
  },
  silence: { says: 'A silence is shortened: from when to when nothing happens in the story, and how long that takes now.' },
  lagging: { says: 'In a shared session: this watcher does not keep up, and so many events were skipped. The views hold them.' },
  waiting: {
    says: 'In a shared session: what this host asked for is not recorded yet. It is answered within a few seconds, by a clock or by an error. code says what it waits for.',
  },
  pong: { says: "The answer to ping, with the server's time." },
  error: { says: 'Something could not be done, and changed nothing. code is one of the register; where the socket cannot go on, it is then closed.' },
};

const string = (description: string, more: Node = {}): Node => ({ type: 'string', description, ...more });
const number = (description: string, more: Node = {}): Node => ({ type: 'number', description, ...more });
const flag = (description: string): Node => ({ type: 'string', enum: ['true', 'false'], description });

/** What a watcher may ask of how he is shown things. */
const LOOKING: Node = {
  projections: string('Views to be shown, by name, separated by commas.'),
  types: string('Only happenings of these types, separated by commas.'),
  participants: string('Only happenings in which one of these takes part, by id, separated by commas.'),
  text: string('Only happenings whose text has these words, whatever their case.'),
  as: string('Through whose eyes: a participant by id, or public; empty: everybody. A way of looking, not a protection.'),
  after: string('A cursor to go on from: each event comes exactly once.'),
};

/** The query of a private session's address. */
const OPENING: Node = {
  from: string('Begins at this moment of the story (RFC 3339 with an offset).'),
  until: string('Ends at this moment, inclusive.'),
  rate: number('Story seconds per second, from 0.01 to 10,000,000. Left out: 1.', { minimum: 0.01, maximum: 10_000_000 }),
  fit: number('The whole of it in so many seconds, in place of a rate.', { exclusiveMinimum: 0 }),
  idleLimit: number('The longest gap between two happenings, in presentation seconds.', { exclusiveMinimum: 0 }),
  paused: flag('Begins paused.'),
  loop: string('From one moment to another, separated by a comma, again and again.'),
  follow: flag('At the end, goes on with what is appended.'),
  pauseOn: { type: 'string', enum: ['chapter'], description: 'Pauses at the beginning of each chapter.' },
  ...LOOKING,
};

const ENTERING: Node = {
  ticket: string('From POST /tickets, in place of a token: good once, for 60 s.'),
  auth: flag('An auth message follows, and is waited for also where none is needed: so is the host of a shared session known from the first.'),
};

const plain = (schema: unknown): Json => JSON.parse(JSON.stringify(schema)) as Json;
const EVENT = JSON.stringify(PublishedEvent);

/** Puts a reference in place of each event, which is described once. */
function shared(node: Json): Json {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(shared);
  if (JSON.stringify(node) === EVENT) return { $ref: '#/components/schemas/Event' };
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, shared(inner)]));
}

type Message = { readonly type: string; readonly schema: TSchema };
const typeIn = (schema: TSchema): string => (schema as unknown as { properties: { type: { const: string } } }).properties.type.const;
const withTypes = (schemas: readonly TSchema[]): Message[] => schemas.map((schema) => ({ type: typeIn(schema), schema }));
const clientMessages = withTypes([AuthMessage, ...(ClientMessageSchema as unknown as { anyOf: TSchema[] }).anyOf]);
const frames = withTypes(Object.values(serverFrames));

function messagesOf(side: string, messages: readonly Message[], about: Readonly<Record<string, About>>): Node {
  return Object.fromEntries(
    messages.map(({ type, schema }) => {
      const { says = '', example } = about[type] ?? {};
      const payload = shared(plain(schema));
      return [
        `${side}.${type}`,
        {
          name: type,
          title: type,
          summary: says,
          contentType: 'application/json',
          payload,
          ...(example === undefined ? {} : { examples: [{ payload: example }] }),
        },
      ];
    }),
  );
}

export interface AsyncApiOptions {
  /** Name and port under which the server was asked. */
  readonly host: string;
}

export function asyncApiDocument({ host }: AsyncApiOptions): Node {
  const messages = { ...messagesOf('client', clientMessages, FROM_CLIENT), ...messagesOf('server', frames, FROM_SERVER) };
  const keys = Object.keys(messages);
  const channel = (address: string, title: string, description: string, parameters: Node, query: Node): Node => ({
    address,
    title,
    description,
    parameters,
    messages: Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }])),
    bindings: {
      ws: {
        method: 'GET',
        query: { type: 'object', additionalProperties: false, properties: query },
        headers: { type: 'object', properties: { 'Sec-WebSocket-Protocol': { const: SUBPROTOCOL } } },
        bindingVersion: '0.1.0',
      },
    },
  });
  const operation = (action: 'send' | 'receive', name: string, side: string, summary: string): Node => ({
    action,
    channel: { $ref: `#/channels/${name}` },
    summary,
    messages: keys.filter((key) => key.startsWith(`${side}.`)).map((key) => ({ $ref: `#/channels/${name}/messages/${key}` })),
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hindcast',
      version: '1',
      description:
        `The replay of a story over a WebSocket, subprotocol ${SUBPROTOCOL}: one JSON object a text frame, of at most ${LONGEST_FRAME.toLocaleString('en')} characters. ` +
        'A message that cannot be understood is answered with error and changes nothing. Times are RFC 3339 with an offset; requestId is echoed in the answer.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { here: { host, protocol: 'ws', description: 'Where this document was asked for; wss behind what speaks TLS.' } },
    channels: {
      privateReplay: channel(
        '/stories/{story}/replay',
        'A private session',
        'One watcher, with a clock of his own.',
        { story: { description: 'The id of a story.' } },
        { ...OPENING, ...ENTERING },
      ),
      sharedReplay: channel(
        '/sessions/{id}/replay',
        'A shared session',
        'Many watchers and one clock, which the host controls; what a viewer says that would move it is refused.',
        { id: { description: 'The id that POST /sessions gave.' } },
        { ...LOOKING, ...ENTERING },
      ),
    },
    operations: {
      controlPrivateReplay: operation('receive', 'privateReplay', 'client', 'What a watcher may send.'),
      playPrivateReplay: operation('send', 'privateReplay', 'server', 'What a watcher is sent.'),
      controlSharedReplay: operation('receive', 'sharedReplay', 'client', 'What the host, and in part a viewer, may send.'),
      playSharedReplay: operation('send', 'sharedReplay', 'server', 'What host and viewers are sent.'),
    },
    components: { messages, schemas: { Event: plain(PublishedEvent) } },
  };
}
