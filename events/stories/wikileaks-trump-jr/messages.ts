/**
 * The private messages: the correspondence between Wikileaks and Donald Trump Jr., and the e-mails of the campaign about it.
 * Invariant: `text` is the quoted words in the article's order, one piece a line, without the comma or bracket that is the article's own.
 */
import { byPublication, cite, correspondenceDisclosures, DIRECT_MESSAGE, type Message, PUBLISHED_BY, ZONE } from './draft.js';

export const messages: Message[] = [
  {
    type: 'MessageSent',
    id: 'wl-2016-09-20-putintrump',
    occurredAt: '2016-09-20T23:59:00-04:00',
    when: {
      precision: 'minute',
      approximate: true,
      earliest: '2016-09-20T23:00:00-04:00',
      latest: '2016-09-20T23:59:59.999-04:00',
      stated: 'Just before the stroke of midnight on September 20, 2016',
      zone: ZONE,
    },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        1,
        'Just before the stroke of midnight on September 20, 2016, at the height of last year’s presidential election, the Wikileaks Twitter account sent a private direct message to Donald Trump Jr.',
        'Read as the end of September 20: the answer came about 12 hours later, in the morning of September 21.',
      ),
      cite(
        1,
        '“A PAC run anti-Trump site putintrump.org is about to launch,” Wikileaks wrote. “The PAC is a recycled pro-Iraq war PAC. We have guessed the password. It is ‘putintrump.’ See ‘About’ for who is behind it. Any comments?”',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'A PAC run anti-Trump site putintrump.org is about to launch\nThe PAC is a recycled pro-Iraq war PAC. We have guessed the password. It is ‘putintrump.’ See ‘About’ for who is behind it. Any comments?',
      links: ['putintrump.org'],
      pieces: [
        { text: 'A PAC run anti-Trump site putintrump.org is about to launch', as: 'quoted', paragraph: 1 },
        {
          text: 'The PAC is a recycled pro-Iraq war PAC. We have guessed the password. It is ‘putintrump.’ See ‘About’ for who is behind it. Any comments?',
          as: 'quoted',
          paragraph: 1,
        },
      ],
    },
  },
  {
    type: 'MessageSent',
    id: 'tj-2016-09-21-ask-around',
    occurredAt: '2016-09-21T11:59:00-04:00',
    when: {
      precision: 'hour',
      approximate: true,
      earliest: '2016-09-21T08:36:00-04:00',
      latest: '2016-09-21T11:59:59.999-04:00',
      stated: 'The next morning, about 12 hours later',
      relative: { to: 'wl-2016-09-20-putintrump', offset: 'PT12H', approximate: true },
      zone: ZONE,
    },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        2,
        'The next morning, about 12 hours later, Trump Jr. responded to Wikileaks. “Off the record I don’t know who that is, but I’ll ask around,” he wrote on September 21, 2016. “Thanks.”',
      ),
    ],
    data: {
      from: 'donald-trump-jr',
      to: ['wikileaks'],
      channel: DIRECT_MESSAGE,
      text: 'Off the record I don’t know who that is, but I’ll ask around\nThanks.',
      links: [],
      pieces: [
        { text: 'Off the record I don’t know who that is, but I’ll ask around', as: 'quoted', paragraph: 2 },
        { text: 'Thanks.', as: 'quoted', paragraph: 2 },
      ],
    },
  },
  {
    type: 'MessageSent',
    id: 'tj-2016-09-21-emails-officials',
    occurredAt: '2016-09-21T23:59:59.999-04:00',
    when: {
      precision: 'day',
      approximate: true,
      earliest: '2016-09-20T23:00:00-04:00',
      latest: '2016-09-21T23:59:59.999-04:00',
      stated: 'on the same day that Trump Jr. received the first message from Wikileaks',
      relative: { to: 'tj-2016-09-21-ask-around', offset: 'after', approximate: true },
      zone: ZONE,
    },
    disclosures: [
      { to: 'hope-hicks', at: '2016-09-21T23:59:59.999-04:00', event: 'kushner-forwards-email', stated: 'Kushner then forwarded the email' },
      { to: 'the-atlantic', at: PUBLISHED_BY, event: 'source-speaks', stated: 'According to a source familiar with the congressional investigations' },
      byPublication,
    ],
    sources: [
      cite(
        6,
        'According to a source familiar with the congressional investigations into Russian interference with the 2016 campaign, who requested anonymity because the investigation is ongoing, on the same day that Trump Jr. received the first message from Wikileaks, he emailed other senior officials with the Trump campaign, including Steve Bannon, Kellyanne Conway, Brad Parscale, and Trump son-in-law Jared Kushner, telling them Wikileaks had made contact.',
        'The day is in doubt: the first message came just before midnight on September 20, yet this is told as the keeping of a promise made on September 21. That it came after the promise rests on that sentence alone.',
      ),
      cite(6, 'Trump Jr. followed up on his promise to “ask around.”'),
    ],
    data: {
      from: 'donald-trump-jr',
      to: ['steve-bannon', 'kellyanne-conway', 'brad-parscale', 'jared-kushner', 'senior-campaign-officials'],
      channel: 'e-mail',
      text: '',
      links: [],
      paraphrase: 'He tells them that Wikileaks has made contact.',
      incomplete: true,
    },
  },
  {
    type: 'MessageSent',
    id: 'kushner-forwards-email',
    occurredAt: '2016-09-21T23:59:59.999-04:00',
    when: {
      precision: 'unknown',
      earliest: '2016-09-20T23:00:00-04:00',
      latest: '2016-11-08T23:59:59.999-05:00',
      stated: 'then',
      relative: { to: 'tj-2016-09-21-emails-officials', offset: 'after', approximate: false },
      zone: ZONE,
    },
    seq: 1,
    disclosures: [
      { to: 'the-atlantic', at: PUBLISHED_BY, event: 'source-speaks', stated: 'According to a source familiar with the congressional investigations' },
      byPublication,
    ],
    sources: [
      cite(
        6,
        'Kushner then forwarded the email to campaign communications staffer Hope Hicks.',
        'Only the order is stated. It is placed right after the e-mail; that Hicks was campaign staff bounds it by Election Day.',
      ),
      cite(
        6,
        'According to a source familiar with the congressional investigations into Russian interference with the 2016 campaign, who requested anonymity because the investigation is ongoing',
      ),
    ],
    data: {
      from: 'jared-kushner',
      to: ['hope-hicks'],
      channel: 'e-mail',
      text: '',
      links: [],
      forwardOf: 'tj-2016-09-21-emails-officials',
      paraphrase: 'He forwards the e-mail.',
      incomplete: true,
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-2016-10-03-push-story',
    occurredAt: '2016-10-03T22:27:59.999-04:00',
    when: { precision: 'day', earliest: '2016-10-03T00:00:00-04:00', latest: '2016-10-03T22:27:59.999-04:00', stated: 'On October 3, 2016', zone: ZONE },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        7,
        'On October 3, 2016, Wikileaks wrote again. “Hiya, it’d be great if you guys could comment on/push this story,” Wikileaks suggested, attaching a quote from then-Democratic nominee Hillary Clinton about wanting to “just drone” Wikileaks founder, Julian Assange.',
        'No hour is stated. The latest bound leaves room on October 3 for the two messages that came after it.',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Hiya, it’d be great if you guys could comment on/push this story',
      links: [],
      paraphrase: 'Attached: a quote from Hillary Clinton about wanting to “just drone” Julian Assange.',
      pieces: [
        { text: 'Hiya, it’d be great if you guys could comment on/push this story', as: 'quoted', paragraph: 7 },
        { text: 'Attached: a quote from Hillary Clinton about wanting to “just drone” Julian Assange.', as: 'paraphrased', paragraph: 7 },
      ],
      incomplete: true,
    },
  },
  {
    type: 'MessageSent',
    id: 'tj-2016-10-03-already-did',
    occurredAt: '2016-10-03T23:57:59.999-04:00',
    when: {
      precision: 'day',
      earliest: '2016-10-03T01:30:00-04:00',
      latest: '2016-10-03T23:57:59.999-04:00',
      stated: 'an hour-and-a-half later',
      relative: { to: 'wl-2016-10-03-push-story', offset: 'PT1H30M', approximate: false },
      zone: ZONE,
    },
    disclosures: correspondenceDisclosures,
    sources: [cite(8, '“Already did that earlier today,” Trump Jr. responded an hour-and-a-half later. “It’s amazing what she can get away with.”')],
    data: {
      from: 'donald-trump-jr',
      to: ['wikileaks'],
      channel: DIRECT_MESSAGE,
      text: 'Already did that earlier today\nIt’s amazing what she can get away with.',
      links: [],
      pieces: [
        { text: 'Already did that earlier today', as: 'quoted', paragraph: 8 },
        { text: 'It’s amazing what she can get away with.', as: 'quoted', paragraph: 8 },
      ],
    },
  },
  {
    type: 'MessageSent',
    id: 'tj-2016-10-03-wednesday-leak',
    occurredAt: '2016-10-03T23:59:59.999-04:00',
    when: {
      precision: 'day',
      earliest: '2016-10-03T01:32:00-04:00',
      latest: '2016-10-03T23:59:59.999-04:00',
      stated: 'Two minutes later',
      relative: { to: 'tj-2016-10-03-already-did', offset: 'PT2M', approximate: false },
      zone: ZONE,
    },
    disclosures: correspondenceDisclosures,
    sources: [cite(9, 'Two minutes later, Trump Jr. wrote again, asking, “What’s behind this Wednesday leak I keep reading about?”')],
    data: {
      from: 'donald-trump-jr',
      to: ['wikileaks'],
      channel: DIRECT_MESSAGE,
      text: 'What’s behind this Wednesday leak I keep reading about?',
      links: [],
      pieces: [{ text: 'What’s behind this Wednesday leak I keep reading about?', as: 'quoted', paragraph: 9 }],
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-2016-10-12-tweet-this-link',
    occurredAt: '2016-10-12T23:59:59.999-04:00',
    when: { precision: 'day', stated: 'on October 12, 2016', zone: ZONE },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        10,
        'Wikileaks didn’t respond to that message, but on October 12, 2016, the account again messaged Trump Jr. “Hey Donald, great to see you and your dad talking about our publications,” Wikileaks wrote.',
      ),
      cite(
        11,
        '“Strongly suggest your dad tweets this link if he mentions us,” Wikileaks went on, pointing Trump Jr. to the link wlsearch.tk, which it said would help Trump’s followers dig through the trove of stolen documents and find stories. “There’s many great stories the press are missing and we’re sure some of your follows [sic] will find it,” Wikileaks went on. “Btw we just released Podesta Emails Part 4.”',
      ),
      cite(12, 'Trump Jr. did not respond to this message', 'Told as one message.'),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Hey Donald, great to see you and your dad talking about our publications\nStrongly suggest your dad tweets this link if he mentions us\nThere’s many great stories the press are missing and we’re sure some of your follows will find it\nBtw we just released Podesta Emails Part 4.',
      links: ['wlsearch.tk'],
      paraphrase: 'It points to the link wlsearch.tk and says that this would help Trump’s followers dig through the documents and find stories.',
      pieces: [
        { text: 'Hey Donald, great to see you and your dad talking about our publications', as: 'quoted', paragraph: 10 },
        { text: 'Strongly suggest your dad tweets this link if he mentions us', as: 'quoted', paragraph: 11 },
        {
          text: 'It points to the link wlsearch.tk and says that this would help Trump’s followers dig through the documents and find stories.',
          as: 'paraphrased',
          paragraph: 11,
        },
        { text: 'There’s many great stories the press are missing and we’re sure some of your follows will find it', as: 'quoted', paragraph: 11 },
        { text: 'Btw we just released Podesta Emails Part 4.', as: 'quoted', paragraph: 11 },
      ],
      incomplete: true,
      editorial: [{ inserted: '[sic]', after: 'some of your follows', note: 'The article marks the word as written so.' }],
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-2016-10-21-tax-returns',
    occurredAt: '2016-10-21T23:59:59.999-04:00',
    when: { precision: 'day', stated: 'on October 21, 2016', zone: ZONE },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        14,
        '“Hey Don. We have an unusual idea,” Wikileaks wrote on October 21, 2016. “Leak us one or more of your father’s tax returns.” Wikileaks then laid out three reasons why this would benefit both the Trumps and Wikileaks. One, The New York Times had already published a fragment of Trump’s tax returns on October 1; two, the rest could come out any time “through the most biased source (e.g. NYT/MSNBC).”',
      ),
      cite(
        15,
        'It is the third reason, though, Wikileaks wrote, that “is the real kicker.” “If we publish them it will dramatically improve the perception of our impartiality,” Wikileaks explained. “That means that the vast amount of stuff that we are publishing on Clinton will have much higher impact, because it won’t be perceived as coming from a ‘pro-Trump’ ‘pro-Russia’ source.” It then provided an email address and link where the Trump campaign could send the tax returns, and adds, “The same for any other negative stuff (documents, recordings) that you think has a decent chance of coming out. Let us put it out.”',
      ),
      cite(16, 'Trump Jr. did not respond to this message.', 'Told as one message.'),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Hey Don. We have an unusual idea\nLeak us one or more of your father’s tax returns.\nthrough the most biased source (e.g. NYT/MSNBC).\nis the real kicker.\nIf we publish them it will dramatically improve the perception of our impartiality\nThat means that the vast amount of stuff that we are publishing on Clinton will have much higher impact, because it won’t be perceived as coming from a ‘pro-Trump’ ‘pro-Russia’ source.\nThe same for any other negative stuff (documents, recordings) that you think has a decent chance of coming out. Let us put it out.',
      links: [],
      paraphrase:
        'It gives three reasons why this would benefit both sides: first, The New York Times published a fragment of the tax returns on October 1; second, the rest could come out at any time; the third is quoted. It gives an e-mail address and a link where the campaign could send the tax returns.',
      pieces: [
        { text: 'Hey Don. We have an unusual idea', as: 'quoted', paragraph: 14 },
        { text: 'Leak us one or more of your father’s tax returns.', as: 'quoted', paragraph: 14 },
        { text: 'First reason: The New York Times has already published a fragment of the tax returns, on October 1.', as: 'paraphrased', paragraph: 14 },
        { text: 'Second reason: the rest could come out at any time.', as: 'paraphrased', paragraph: 14 },
        { text: 'through the most biased source (e.g. NYT/MSNBC).', as: 'quoted', paragraph: 14 },
        { text: 'Third reason:', as: 'paraphrased', paragraph: 15 },
        { text: 'is the real kicker.', as: 'quoted', paragraph: 15 },
        { text: 'If we publish them it will dramatically improve the perception of our impartiality', as: 'quoted', paragraph: 15 },
        {
          text: 'That means that the vast amount of stuff that we are publishing on Clinton will have much higher impact, because it won’t be perceived as coming from a ‘pro-Trump’ ‘pro-Russia’ source.',
          as: 'quoted',
          paragraph: 15,
        },
        { text: 'An e-mail address and a link where the campaign could send the tax returns.', as: 'paraphrased', paragraph: 15 },
        {
          text: 'The same for any other negative stuff (documents, recordings) that you think has a decent chance of coming out. Let us put it out.',
          as: 'quoted',
          paragraph: 15,
        },
      ],
      incomplete: true,
    },
  },
];
