/**
 * The plots, as one part of the page that is fetched when the first of them is opened.
 */
export { LinksPlot } from './links.js';
export { ResponseTimesPlot } from './response-times.js';
export { SilencesPlot } from './silences.js';
export { WhoKnewPlot } from './who-knew.js';
