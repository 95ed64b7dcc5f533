/**
 * What else happened from the election to July 11, 2017, and the background that nothing dates.
 * Invariant: as in campaign.ts; what has no place in the order has no placing instant either.
 */
import { type Action, cite, type Tweet, ZONE } from './draft.js';

export const afterElection: (Tweet | Action)[] = [
  {
    type: 'ActionTaken',
    id: 'assange-testimony-given',
    when: {
      precision: 'unknown',
      latest: '2016-12-07T23:59:59.999-05:00',
      relative: { to: 'assange-2016-12-07-testimony-released', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -1,
    visibility: 'private',
    disclosures: [{ to: 'public', at: '2016-12-07T23:59:59.999-05:00', event: 'assange-2016-12-07-testimony-released', stated: 'had released his testimony' }],
    sources: [
      cite(
        20,
        'his testimony in front of London investigators looking into accusations that he had committed alleged sexual assault',
        'No date is stated; it came before its release.',
      ),
    ],
    data: {
      by: 'julian-assange',
      with: ['london-investigators'],
      action: 'testimony',
      description: 'Julian Assange testifies to investigators who look into accusations against him of alleged sexual assault.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'assange-2016-12-07-testimony-released',
    occurredAt: '2016-12-07T23:59:59.999-05:00',
    when: { precision: 'day', stated: 'On December 7', zone: ZONE },
    sources: [
      cite(
        20,
        '(On December 7, Assange, proclaiming his innocence, had released his testimony in front of London investigators looking into accusations that he had committed alleged sexual assault.)',
        'The year is not stated; it follows from the message of December 16.',
      ),
    ],
    data: { by: 'julian-assange', action: 'publication', description: 'Julian Assange, proclaiming his innocence, releases his testimony.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'nyt-2017-07-08-meeting-story',
    occurredAt: '2017-07-08T23:59:59.999-04:00',
    when: { precision: 'day', stated: 'three days after', relative: { to: 'wl-2017-07-11-emails', offset: '-P3D', approximate: false }, zone: ZONE },
    sources: [
      cite(
        21,
        'on July 11, 2017, three days after The New York Timesbroke the story about Trump Jr.’s June 2016 meeting with Natalia Veselnitskaya',
        'Counted back on the calendar. The missing space is the article’s.',
      ),
    ],
    data: { by: 'new-york-times', action: 'publication', description: 'The New York Times breaks the story of the meeting of June 2016.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'tj-goldstone-emails',
    when: {
      precision: 'unknown',
      latest: '2017-07-11T09:29:00-04:00',
      relative: { to: 'nyt-2017-07-11-emails-cited', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -2,
    visibility: 'private',
    disclosures: [
      {
        to: 'public',
        at: '2017-07-11T09:29:00-04:00',
        event: 'nyt-2017-07-11-emails-cited',
        stated: 'a reference in the paper to emails Trump Jr had exchanged with Rob Goldstone',
      },
    ],
    sources: [
      cite(
        22,
        'emails Trump Jr had exchanged with Rob Goldstone, a publicist who had helped set up the meeting',
        'Neither their dates nor their number nor their words are told; they had been exchanged when the paper cited them.',
      ),
    ],
    data: {
      by: 'donald-trump-jr',
      with: ['rob-goldstone'],
      action: 'e-mail exchange',
      description: 'Donald Trump Jr. and Rob Goldstone exchange e-mails.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'nyt-2017-07-11-emails-cited',
    occurredAt: '2017-07-11T09:29:00-04:00',
    when: {
      precision: 'day',
      earliest: '2017-07-11T00:00:00-04:00',
      latest: '2017-07-11T09:29:00-04:00',
      stated: 'today',
      relative: { to: 'wl-2017-07-11-emails', offset: 'before', approximate: false },
      zone: ZONE,
    },
    seq: -1,
    sources: [
      cite(
        22,
        'the email(s) cited in the New York Times today,” citing a reference in the paper to emails Trump Jr had exchanged with Rob Goldstone',
        'The day is the “today” of the message sent at 9:29 am on July 11.',
      ),
    ],
    data: {
      by: 'new-york-times',
      action: 'publication',
      description: 'The New York Times refers to e-mails between Donald Trump Jr. and Rob Goldstone.',
      links: [],
    },
  },
  {
    type: 'TweetPosted',
    id: 'tj-2017-07-11-posts-emails',
    occurredAt: '2017-07-11T23:59:59.999-04:00',
    when: {
      precision: 'hour',
      approximate: true,
      earliest: '2017-07-11T09:29:00-04:00',
      latest: '2017-07-11T23:59:59.999-04:00',
      stated: 'just hours later',
      relative: { to: 'wl-2017-07-11-emails', offset: 'after', approximate: false },
      zone: ZONE,
    },
    sources: [
      cite(
        23,
        'Trump Jr. did not respond, but just hours later, he posted the emails himself, on his own Twitter feed.',
        'How many hours is not said; read as the same day. In how many tweets and with what words is not told.',
      ),
    ],
    data: {
      by: 'donald-trump-jr',
      text: '',
      links: [],
      paraphrase: 'He posts the e-mails himself, on his own Twitter feed.',
      incomplete: true,
    },
  },
];

/** Nothing in the article places these against anything else: listed, never played. */
export const unplaced: Action[] = [
  {
    type: 'ActionTaken',
    id: 'putintrump-launched',
    when: {
      precision: 'unknown',
      earliest: '2016-09-20T23:00:00-04:00',
      stated: 'about to launch',
      relative: { to: 'wl-2016-09-20-putintrump', offset: 'after', approximate: false },
      zone: ZONE,
    },
    sources: [
      cite(1, 'A PAC run anti-Trump site putintrump.org is about to launch', 'Wikileaks announces it.'),
      cite(1, '(The site, which has since become a joint project with Mother Jones', 'That the site did launch is implied at most; when, is not said.'),
    ],
    data: {
      by: 'putintrump-org',
      action: 'launch',
      description: 'The site putintrump.org, announced by Wikileaks as about to launch, launches.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'putintrump-funded',
    when: { precision: 'unknown' },
    sources: [cite(1, 'was funded by Progress for USA Political Action Committee')],
    data: {
      by: 'progress-for-usa-pac',
      with: ['putintrump-org'],
      action: 'funding',
      description: 'Progress for USA Political Action Committee funds the site putintrump.org.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'intelligence-accuses-kremlin',
    when: { precision: 'unknown' },
    sources: [
      cite(
        5,
        'American intelligence services have accused the Kremlin of engaging in a deliberate effort to boost President Donald Trump’s chances while bringing down his Democratic rival, Hillary Clinton.',
      ),
    ],
    data: {
      by: 'us-intelligence',
      action: 'accusation',
      description:
        'American intelligence services accuse the Kremlin of a deliberate effort to boost the chances of Donald Trump and to bring down Hillary Clinton.',
      links: [],
    },
  },
];
