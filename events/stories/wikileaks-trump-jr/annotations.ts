/**
 * What answered a request, what followed it, and what took its object away.
 * Invariant: only what the article states or reports as claimed, and a later message is no answer because it is later. That two requests
 * lost their object is the editor's reading of two things that the article states; it is marked as such.
 */
import { type Answer, cite, type FollowUp, type Mooted, ZONE } from './draft.js';

export const answers: Answer[] = [
  {
    type: 'AnswerIdentified',
    id: 'answer-ask-around',
    data: {
      request: 'request-comment-on-putintrump',
      event: 'tj-2016-09-21-ask-around',
      afterStated: 'about 12 hours later',
      basis: 'stated',
      by: 'the-atlantic',
      citation: cite(2, 'The next morning, about 12 hours later, Trump Jr. responded to Wikileaks.'),
    },
  },
  {
    type: 'AnswerIdentified',
    id: 'answer-documents',
    data: {
      request: 'request-documents',
      event: 'messages-turned-over',
      basis: 'claimed',
      by: 'alan-futerfas',
      citation: cite(4, 'have voluntarily turned over thousands of documents in response to their requests'),
    },
  },
];

export const followUps: FollowUp[] = [
  {
    type: 'FollowUpIdentified',
    id: 'follow-up-emails-officials',
    data: {
      request: 'request-comment-on-putintrump',
      event: 'tj-2016-09-21-emails-officials',
      afterStated: 'on the same day that Trump Jr. received the first message from Wikileaks',
      basis: 'stated',
      by: 'the-atlantic',
      citation: cite(
        6,
        'When Wikileaks first reached out to Trump Jr. about putintrump.org, for instance, Trump Jr. followed up on his promise to “ask around.”',
      ),
      note: 'The article says so itself; the e-mail is known to it from an anonymous source.',
    },
  },
  {
    type: 'FollowUpIdentified',
    id: 'follow-up-tweets-link',
    data: {
      request: 'request-tweet-link',
      event: 'tj-2016-10-14-tweets-link',
      afterStated: 'two days later',
      basis: 'stated',
      by: 'the-atlantic',
      citation: cite(
        12,
        'Trump Jr. did not respond to this message, but two days later, on October 14, 2016, he tweeted out the link Wikileaks had provided him.',
      ),
      note: 'The request was that his father tweet it; the tweet is his own.',
    },
  },
  {
    type: 'FollowUpIdentified',
    id: 'follow-up-posts-emails',
    data: {
      request: 'request-publish-emails',
      event: 'tj-2017-07-11-posts-emails',
      afterStated: 'just hours later',
      basis: 'stated',
      by: 'the-atlantic',
      citation: cite(23, 'Trump Jr. did not respond, but just hours later, he posted the emails himself, on his own Twitter feed.'),
      note: 'The request was that Wikileaks publish them; he did so himself.',
    },
  },
];

/** The basis is that of the premises; the conclusion bears the editor's name. */
const WON = {
  at: '2016-11-09T00:59:59.999-05:00',
  when: {
    precision: 'hour',
    approximate: true,
    earliest: '2016-11-08T19:00:00-05:00',
    latest: '2016-11-09T00:59:59.999-05:00',
    stated: 'Shortly after midnight that day, when it was clear',
    zone: ZONE,
  },
  event: 'trump-wins-election',
  reason: 'It was advice for the case that he lost, and he won.',
  basis: 'stated',
  by: 'the editor of this story',
  citation: cite(
    18,
    'when it was clear that Trump had beaten all expectations and won the presidency',
    'The other premise, the condition, is cited beside it.',
  ),
  note: 'The article states both premises, which is why the basis is “stated”: the condition in the message, “if your father ‘loses’” (paragraph 17), and that he won (paragraph 18). That the request thereby lost its object it does not state; the conclusion is the editor’s reading.',
} as const satisfies Omit<Mooted['data'], 'request'>;

const CONDITION = cite(17, 'Hi Don if your father ‘loses’ we think it is much more interesting if he DOES NOT conceed [sic] and spends time CHALLENGING');

export const mooted: Mooted[] = [
  { type: 'RequestMooted', id: 'mooted-not-concede', sources: [CONDITION], data: { request: 'request-not-concede', ...WON } },
  { type: 'RequestMooted', id: 'mooted-challenge-result', sources: [CONDITION], data: { request: 'request-challenge-result', ...WON } },
];
