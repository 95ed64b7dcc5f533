/**
 * How the page says times: as the transcript does.
 */
export * from '../events/words.js';
