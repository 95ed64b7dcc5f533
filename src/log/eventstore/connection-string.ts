/**
 * From a connection string to the client that it asks for.
 * Invariant: what is wrong with it is said before anything is sent, and nothing of it is repeated that may be a password; the
 * client itself would print the whole of it for an option that it does not know.
 */
import { EventStoreDBClient } from '@eventstore/db-client';
import { HindcastError } from '../../errors.js';
import { withSafeAppends } from './batch-stream.js';

/** As the client compares them: small letters, without _ and -. */
const OPTIONS: ReadonlySet<string> = new Set([
  'connectionname',
  'defaultdeadline',
  'discoveryinterval',
  'gossiptimeout',
  'keepaliveinterval',
  'keepalivetimeout',
  'maxdiscoverattempts',
  'nodepreference',
  'throwonappendfailure',
  'tls',
  'tlscafile',
  'tlsverifycert',
  'usercertfile',
  'userkeyfile',
]);

/**
 * Under TLS the client names the server to itself by the address where it was given one, and Node warns of that (DEP0123) in
 * everybody's terminal. The certificate is checked as it should be, and who runs this can do nothing about it.
 */
function muteAddressWarning(): void {
  if (isMuted) return;
  isMuted = true;
  const emit = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = ((...given: unknown[]) => {
    const [, type, code] = given;
    if (code !== 'DEP0123' && (type as { code?: unknown } | undefined)?.code !== 'DEP0123') emit(...given);
  }) as typeof process.emitWarning;
}
let isMuted = false;

/** Throws `bad-config`. */
export function clientOf(connectionString: string): EventStoreDBClient {
  const fault = faultOfOptions(connectionString);
  if (fault !== undefined) throw wrong(fault);
  muteAddressWarning();
  try {
    return withSafeAppends(EventStoreDBClient.connectionString(connectionString));
  } catch (error) {
    // Without the error itself, which holds the string.
    throw wrong(error instanceof Error ? withoutQuote(error.message) : 'it cannot be read.');
  }
}

function faultOfOptions(connectionString: string): string | undefined {
  const behindPassword = connectionString.slice(connectionString.lastIndexOf('@') + 1);
  for (const [, name = '', value = ''] of behindPassword.matchAll(/[?&]([^=?&]+)=([^?&]*)/g)) {
    const option = name.trim().toLowerCase().replaceAll(/[_-]/g, '');
    if (!OPTIONS.has(option)) return `there is no option "${name.slice(0, 40)}".`;
    if (value.trim() !== 'false') continue;
    if (option === 'throwonappendfailure') return 'throwOnAppendFailure has to stay true: an append that fails would pass for stored.';
    if (option === 'tlsverifycert') return 'tlsVerifyCert=false has no effect with this client: name the certificate in tlsCAFile.';
  }
  return undefined;
}

function withoutQuote(message: string): string {
  return (message.split('\n')[0] as string).replace(/^Unexpected ".*" at position (\d+), expected (.*)\.$/, 'at position $1 there should be $2.');
}

function wrong(message: string): HindcastError {
  return new HindcastError('bad-config', `EVENTSTORE_URL: ${message}`, [{ at: 'EVENTSTORE_URL', message }]);
}
