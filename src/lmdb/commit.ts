/**
 * What LMDB says of a commit. Where one fails, its promises are rejected with an error that keeps the reason as a further
 * promise, which ends the process if nobody takes it.
 * Invariants: a failed commit is one rejection, with the reason itself, and nothing is left unseen; a full disk is `disk-full`.
 */
import { diskFull } from './disk-full.js';

/** `folder`: that of the LMDB file. */
export async function committed<T>(commit: Promise<T>, folder: string): Promise<T> {
  try {
    return await commit;
  } catch (error) {
    const reason = await reasonOf(error);
    throw diskFull(reason, folder) ?? reason;
  }
}

async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  const reason = commitError.then(
    () => error,
    (found: unknown) => found,
  );
  // The reason is known in the same turn, or not at all.
  const noReason = new Promise((resolve) => {
    setImmediate(resolve, error);
  });
  return Promise.race([reason, noReason]);
}
