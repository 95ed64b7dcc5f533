/** What is logged of a problem: what passes by itself is a warning, and only what nobody foresaw is an error with its stack. */
import { PassThrough } from 'node:stream';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import t from 'tap';
import { type ErrorCode, HindcastError } from '../../src/errors.js';
import { useProblems } from '../../src/http/problems.js';
import { handTimers } from '../support/hand-timers.js';

const WARN = 40;
const ERROR = 50;

async function logged(error: Error): Promise<{ status: number; lines: { level: number; err?: { stack?: string }; code?: string; msg: string }[] }> {
  const out = new PassThrough();
  const server = Fastify({ loggerInstance: pino({ level: 'warn' }, out) as FastifyBaseLogger });
  useProblems(server, handTimers());
  server.get('/', async () => {
    throw error;
  });
  const { statusCode } = await server.inject('/');
  await server.close();
  const text = String(out.read() ?? '');
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { status: statusCode, lines };
}

t.test('what passes is a warning without a stack', async (t) => {
  for (const code of ['not-yet', 'log-unavailable', 'too-busy', 'shutting-down', 'too-many-sessions', 'disk-full'] satisfies ErrorCode[]) {
    const { lines } = await logged(new HindcastError(code, undefined, [], { cause: new Error('beneath') }));
    t.strictSame(
      lines.map(({ level, code: said, err }) => ({ level, code: said, err })),
      [{ level: WARN, code, err: undefined }],
      code,
    );
    t.notMatch(JSON.stringify(lines), /stack|beneath/);
  }
});

t.test('what the client did wrong is not logged', async (t) => {
  t.strictSame(await logged(new HindcastError('unknown-story')), { status: 404, lines: [] });
});

t.test('what nobody foresaw is an error with its stack', async (t) => {
  for (const error of [new TypeError('no such thing'), new HindcastError('internal', undefined, [], { cause: new Error('beneath') })]) {
    const { status, lines } = await logged(error);
    t.equal(status, 500);
    t.match(lines, [{ level: ERROR, err: { stack: /problems\.test/ } }]);
  }
});
