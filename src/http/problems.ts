/**
 * Problem replies (RFC 9457): every failure leaves as one, with a code of the register.
 * Invariant: what is not ours to tell (a stack, a path) never leaves.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, type Fault, HindcastError } from '../errors.js';
import type { Timers } from '../sessions/scheduler.js';
import { endingAfter } from './rest-of-body.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly faults?: readonly Fault[];
}

export function problemOf(error: HindcastError): Problem {
  const { code, detail, faults } = error;
  const { sentence, status } = ERRORS[code];
  return {
    type: `urn:hindcast:error:${code}`,
    title: sentence,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(faults.length === 0 ? {} : { faults }),
  };
}

interface ValidationFault {
  readonly instancePath: string;
  readonly message?: string;
  readonly params?: { readonly additionalProperty?: string };
}

/** The register's word for an error of the framework, or `internal`. */
export function asHindcastError(error: unknown): HindcastError {
  if (error instanceof HindcastError) return error;
  const { code, statusCode, message, validation, validationContext } = error as Partial<FastifyError> & { validationContext?: string };
  if (validation !== undefined) {
    const faults = (validation as ValidationFault[]).map(({ instancePath, message: text, params }) => {
      const field = params?.additionalProperty ?? instancePath.slice(1);
      return { at: field === '' ? (validationContext ?? 'request') : field, message: text ?? 'not valid' };
    });
    return new HindcastError('bad-request', faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '), faults);
  }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HindcastError('body-too-large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HindcastError('bad-media-type', 'Send application/json.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new HindcastError('bad-json', message);
    default:
      if (statusCode === 400) return error instanceof SyntaxError ? new HindcastError('bad-json', message) : new HindcastError('bad-request', message);
      return new HindcastError('internal', undefined, [], { cause: error });
  }
}

export function sendProblem(reply: FastifyReply, error: HindcastError): FastifyReply {
  if (error.status === 503) reply.header('retry-after', '1');
  return reply
    .code(error.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error)));
}

/** Is it what passes by itself, or when somebody makes room, and no fault of this server? */
export function isPassing({ status }: HindcastError): boolean {
  return status === 503 || status === 507;
}

/** Only what nobody foresaw is an error with a stack. */
function logProblem({ log }: FastifyRequest, error: unknown, known: HindcastError): void {
  if (isPassing(known)) log.warn({ code: known.code }, known.message);
  else if (known.status >= 500) log.error({ err: error }, known.message);
}

/** `body-too-large` is known before the body has come. */
function sendTooLarge(request: FastifyRequest, reply: FastifyReply, error: HindcastError, timers: Pick<Timers, 'after'>): FastifyReply {
  const text = JSON.stringify(problemOf(error));
  return reply
    .code(error.status)
    .type('application/problem+json')
    .header('content-length', Buffer.byteLength(text))
    .send(endingAfter(request.raw, text, timers));
}

export function useProblems(server: FastifyInstance, timers: Pick<Timers, 'after'>): void {
  server.setErrorHandler((error, request: FastifyRequest, reply) => {
    const known = asHindcastError(error);
    logProblem(request, error, known);
    return (error as Partial<FastifyError>).code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? sendTooLarge(request, reply, known, timers) : sendProblem(reply, known);
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new HindcastError('unknown-route', `${request.method} ${request.url.split('?')[0] ?? ''} leads nowhere.`)),
  );
}
