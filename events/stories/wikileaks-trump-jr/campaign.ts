/**
 * What else happened up to the election: tweets, a rally, publications, a meeting, odds.
 * Invariant: what is only claimed in a message is recorded as such in `sources[].note`; a bound stands only where the article implies it.
 */
import { type Action, byPublication, cite, correspondenceDisclosures, type Tweet, ZONE } from './draft.js';

export const campaign: (Tweet | Action)[] = [
  {
    type: 'ActionTaken',
    id: 'goldstone-helps-set-up-meeting',
    when: {
      precision: 'unknown',
      latest: '2016-06-30T23:59:59.999-04:00',
      relative: { to: 'meeting-2016-06', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -1,
    visibility: 'private',
    disclosures: [byPublication],
    sources: [cite(22, 'Rob Goldstone, a publicist who had helped set up the meeting', 'No date is stated; it came before the meeting.')],
    data: { by: 'rob-goldstone', action: 'arrangement', description: 'Rob Goldstone, a publicist, helps to set up the meeting of June 2016.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'meeting-2016-06',
    occurredAt: '2016-06-30T23:59:59.999-04:00',
    when: { precision: 'month', stated: 'June 2016', zone: ZONE },
    visibility: 'private',
    disclosures: [
      {
        to: 'public',
        at: '2017-07-08T23:59:59.999-04:00',
        event: 'nyt-2017-07-08-meeting-story',
        stated: 'three days after The New York Timesbroke the story',
      },
    ],
    sources: [
      cite(
        21,
        'the story about Trump Jr.’s June 2016 meeting with Natalia Veselnitskaya, a Russian lawyer with connections to Russia’s powerful prosecutor general',
        'Only the month is stated. Who else took part is not.',
      ),
    ],
    data: {
      by: 'donald-trump-jr',
      with: ['natalia-veselnitskaya'],
      action: 'meeting',
      description: 'Donald Trump Jr. and Natalia Veselnitskaya, a Russian lawyer, meet.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'putintrump-founded',
    when: {
      precision: 'unknown',
      latest: '2016-09-20T23:59:00-04:00',
      relative: { to: 'putintrump-password-guessed', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -2,
    visibility: 'private',
    disclosures: [byPublication],
    sources: [cite(1, 'was founded by Rob Glaser, a tech entrepreneur', 'No date is stated. A site whose password was guessed had been founded by then.')],
    data: {
      by: 'rob-glaser',
      action: 'founding',
      description: 'Rob Glaser, a tech entrepreneur, founds the site putintrump.org.',
      links: [],
      with: ['putintrump-org'],
    },
  },
  {
    type: 'ActionTaken',
    id: 'putintrump-password-guessed',
    when: {
      precision: 'unknown',
      latest: '2016-09-20T23:59:00-04:00',
      relative: { to: 'wl-2016-09-20-putintrump', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -1,
    visibility: 'private',
    disclosures: [
      { to: 'donald-trump-jr', at: '2016-09-20T23:59:00-04:00', event: 'wl-2016-09-20-putintrump', stated: 'We have guessed the password.' },
      ...correspondenceDisclosures,
    ],
    sources: [cite(1, 'We have guessed the password. It is ‘putintrump.’', 'Known only because Wikileaks says so in its message.')],
    data: {
      by: 'wikileaks',
      action: 'password guess',
      description: 'By its own account, Wikileaks guesses the password of the site putintrump.org.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'nyt-2016-10-01-tax-fragment',
    occurredAt: '2016-10-01T23:59:59.999-04:00',
    when: { precision: 'day', stated: 'on October 1', zone: ZONE },
    sources: [
      cite(
        14,
        'One, The New York Times had already published a fragment of Trump’s tax returns on October 1',
        'Told as the first reason in the message of October 21, 2016, from which the year follows.',
      ),
    ],
    data: {
      by: 'new-york-times',
      action: 'publication',
      description: 'The New York Times publishes a fragment of the tax returns of Donald Trump.',
      links: [],
    },
  },
  {
    type: 'TweetPosted',
    id: 'stone-2016-10-02-wednesday',
    occurredAt: '2016-10-02T23:59:59.999-04:00',
    when: { precision: 'day', stated: 'The day before', relative: { to: 'tj-2016-10-03-wednesday-leak', offset: '-P1D', approximate: false }, zone: ZONE },
    sources: [cite(9, 'The day before, Roger Stone, an informal advisor to Donald Trump, had tweeted, “Wednesday@HillaryClinton is done. #Wikileaks.”')],
    data: {
      by: 'roger-stone',
      text: 'Wednesday@HillaryClinton is done. #Wikileaks.',
      links: [],
      mentions: ['hillary-clinton'],
      pieces: [{ text: 'Wednesday@HillaryClinton is done. #Wikileaks.', as: 'quoted', paragraph: 9 }],
    },
  },
  {
    type: 'ActionTaken',
    id: 'trump-2016-10-10-rally',
    occurredAt: '2016-10-10T23:59:59.999-04:00',
    when: { precision: 'day', stated: 'on October 10', zone: ZONE },
    sources: [
      cite(10, '(At a rally on October 10, Donald Trump had proclaimed, “I love Wikileaks!”)', 'The year follows from the message of October 12, 2016.'),
    ],
    data: { by: 'donald-trump', action: 'rally', description: 'Donald Trump speaks at a rally.', links: [], words: 'I love Wikileaks!' },
  },
  {
    type: 'ActionTaken',
    id: 'wl-stolen-documents-published',
    when: {
      precision: 'unknown',
      latest: '2016-10-12T23:59:59.999-04:00',
      relative: { to: 'wl-2016-10-12-tweet-this-link', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -2,
    sources: [
      cite(6, 'Wikileaks, which had published stolen documents and was already observed to be releasing information that benefited Russian interests'),
      cite(11, 'the trove of stolen documents', 'The link of October 12, 2016 was said to help people dig through it: it was out by then.'),
    ],
    data: { by: 'wikileaks', action: 'publication', description: 'Wikileaks publishes stolen documents.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'wl-podesta-emails-part-4',
    when: {
      precision: 'unknown',
      latest: '2016-10-12T23:59:59.999-04:00',
      stated: 'just released',
      relative: { to: 'wl-2016-10-12-tweet-this-link', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -1,
    sources: [cite(11, 'Btw we just released Podesta Emails Part 4.', 'Known from the message that mentions it; how long before is not said.')],
    data: { by: 'wikileaks', action: 'publication', description: 'Wikileaks releases Podesta Emails Part 4.', links: [] },
  },
  {
    type: 'TweetPosted',
    id: 'tj-2016-10-14-tweets-link',
    occurredAt: '2016-10-14T23:59:59.999-04:00',
    when: {
      precision: 'day',
      stated: 'two days later, on October 14, 2016',
      relative: { to: 'wl-2016-10-12-tweet-this-link', offset: 'P2D', approximate: false },
      zone: ZONE,
    },
    sources: [
      cite(
        12,
        'two days later, on October 14, 2016, he tweeted out the link Wikileaks had provided him. “For those who have the time to read about all the corruption and hypocrisy all the @wikileaks emails are right here: http://wlsearch.tk/,” he wrote.',
      ),
    ],
    data: {
      by: 'donald-trump-jr',
      text: 'For those who have the time to read about all the corruption and hypocrisy all the @wikileaks emails are right here: http://wlsearch.tk/',
      links: ['http://wlsearch.tk/'],
      mentions: ['wikileaks'],
      pieces: [
        {
          text: 'For those who have the time to read about all the corruption and hypocrisy all the @wikileaks emails are right here: http://wlsearch.tk/',
          as: 'quoted',
          paragraph: 12,
        },
      ],
    },
  },
  {
    type: 'ActionTaken',
    id: 'fivethirtyeight-2016-11-08-odds',
    occurredAt: '2016-11-08T19:00:00-05:00',
    when: { precision: 'minute', stated: 'As late as 7:00pm that night', zone: ZONE },
    sources: [
      cite(
        17,
        '(As late as 7:00pm that night, FiveThirtyEight, a trusted prognosticator of the election, gave Clinton a 71 percent chance of winning the presidency.)',
        'The odds still stood at this time; when they were first given is not said.',
      ),
    ],
    data: {
      by: 'fivethirtyeight',
      action: 'forecast',
      description: 'FiveThirtyEight gives Hillary Clinton a 71 percent chance of winning the presidency.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'trump-wins-election',
    occurredAt: '2016-11-09T00:59:59.999-05:00',
    when: {
      precision: 'hour',
      approximate: true,
      earliest: '2016-11-08T19:00:00-05:00',
      latest: '2016-11-09T00:59:59.999-05:00',
      stated: 'Shortly after midnight that day, when it was clear',
      relative: { to: 'wl-2016-11-09-wow', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -1,
    sources: [
      cite(
        18,
        'Shortly after midnight that day, when it was clear that Trump had beaten all expectations and won the presidency',
        'It was clear by then; since when is not said.',
      ),
      cite(
        17,
        'As late as 7:00pm that night, FiveThirtyEight, a trusted prognosticator of the election, gave Clinton a 71 percent chance of winning the presidency.',
      ),
    ],
    data: { by: 'donald-trump', action: 'election win', description: 'It is clear that Donald Trump has won the presidency.', links: [] },
  },
];
