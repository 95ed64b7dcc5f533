/**
 * The correspondence from Election Day on, when only Wikileaks wrote.
 * Invariant: as in messages.ts; from 2016-11-06 on the clocks of New York stood at -05:00, from March to November 2017 at -04:00 again.
 */
import { cite, correspondenceDisclosures, DIRECT_MESSAGE, type Message, ZONE } from './draft.js';

export const laterMessages: Message[] = [
  {
    type: 'MessageSent',
    id: 'wl-2016-11-08-do-not-concede',
    occurredAt: '2016-11-08T18:35:00-05:00',
    when: { precision: 'minute', stated: '6:35pm', zone: ZONE },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        17,
        'Wikileaks didn’t write again until Election Day, November 8, 2016. “Hi Don if your father ‘loses’ we think it is much more interesting if he DOES NOT conceed [sic] and spends time CHALLENGING the media and other types of rigging that occurred—as he has implied that he might do,” Wikileaks wrote at 6:35pm, when the idea that Clinton would win was still the prevailing conventional wisdom.',
      ),
      cite(
        17,
        'Wikileaks insisted that contesting the election results would be good for Trump’s rumored plans to start a media network should he lose the presidency. “The discussion can be transformative as it exposes media corruption, primary corruption, PAC corruption, etc.,” Wikileaks wrote.',
        'Whether these words stood in the same message is not said.',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Hi Don if your father ‘loses’ we think it is much more interesting if he DOES NOT conceed and spends time CHALLENGING the media and other types of rigging that occurred—as he has implied that he might do\nThe discussion can be transformative as it exposes media corruption, primary corruption, PAC corruption, etc.',
      links: [],
      paraphrase: 'It insists that contesting the results would be good for the rumored plans of his father to start a media network should he lose.',
      pieces: [
        {
          text: 'Hi Don if your father ‘loses’ we think it is much more interesting if he DOES NOT conceed and spends time CHALLENGING the media and other types of rigging that occurred—as he has implied that he might do',
          as: 'quoted',
          paragraph: 17,
        },
        {
          text: 'It insists that contesting the results would be good for the rumored plans of his father to start a media network should he lose.',
          as: 'paraphrased',
          paragraph: 17,
        },
        { text: 'The discussion can be transformative as it exposes media corruption, primary corruption, PAC corruption, etc.', as: 'quoted', paragraph: 17 },
      ],
      incomplete: true,
      editorial: [{ inserted: '[sic]', after: 'DOES NOT conceed', note: 'The article marks the word as written so.' }],
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-2016-11-09-wow',
    occurredAt: '2016-11-09T00:59:59.999-05:00',
    when: {
      precision: 'hour',
      approximate: true,
      earliest: '2016-11-09T00:00:00-05:00',
      latest: '2016-11-09T00:59:59.999-05:00',
      stated: 'Shortly after midnight that day',
      zone: ZONE,
    },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        18,
        'Shortly after midnight that day, when it was clear that Trump had beaten all expectations and won the presidency, Wikileaks had a simple message: “Wow.”',
        'Read as the midnight that ended Election Day, since the win was clear by then; “Shortly” is read as within the hour.',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Wow.',
      links: [],
      pieces: [{ text: 'Wow.', as: 'quoted', paragraph: 18 }],
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-2016-12-16-ambassador',
    occurredAt: '2016-12-16T23:59:59.999-05:00',
    when: { precision: 'day', stated: 'on December 16', zone: ZONE },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        19,
        '“Hi Don. Hope you’re doing well!” Wikileaks wrote on December 16 to Trump Jr., who was by then the son of the president-elect. “In relation to Mr. Assange: Obama/Clinton placed pressure on Sweden, UK and Australia (his home country) to illicitly go after Mr. Assange. It would be real easy and helpful for your dad to suggest that Australia appoint Assange ambassador to [Washington,] DC.”',
        'The year is not stated; it follows from the election.',
      ),
      cite(
        20,
        'Wikileaks even imagined how Trump might put it: “‘That’s a real smart tough guy and the most famous australian [sic] you have!’ or something similar,” Wikileaks wrote. “They won’t do it but it will send the right signals to Australia, UK + Sweden to start following the law and stop bending it to ingratiate themselves with the Clintons.”',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Hi Don. Hope you’re doing well!\nIn relation to Mr. Assange: Obama/Clinton placed pressure on Sweden, UK and Australia (his home country) to illicitly go after Mr. Assange. It would be real easy and helpful for your dad to suggest that Australia appoint Assange ambassador to DC.\n‘That’s a real smart tough guy and the most famous australian you have!’ or something similar\nThey won’t do it but it will send the right signals to Australia, UK + Sweden to start following the law and stop bending it to ingratiate themselves with the Clintons.',
      links: [],
      pieces: [
        { text: 'Hi Don. Hope you’re doing well!', as: 'quoted', paragraph: 19 },
        {
          text: 'In relation to Mr. Assange: Obama/Clinton placed pressure on Sweden, UK and Australia (his home country) to illicitly go after Mr. Assange. It would be real easy and helpful for your dad to suggest that Australia appoint Assange ambassador to DC.',
          as: 'quoted',
          paragraph: 19,
        },
        { text: '‘That’s a real smart tough guy and the most famous australian you have!’ or something similar', as: 'quoted', paragraph: 20 },
        {
          text: 'They won’t do it but it will send the right signals to Australia, UK + Sweden to start following the law and stop bending it to ingratiate themselves with the Clintons.',
          as: 'quoted',
          paragraph: 20,
        },
      ],
      editorial: [
        { inserted: '[Washington,]', after: 'appoint Assange ambassador to', note: 'Added by the article.' },
        { inserted: '[sic]', after: 'the most famous australian', note: 'The article marks the word as written so.' },
      ],
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-winter-spring-links',
    when: {
      precision: 'unknown',
      earliest: '2016-12-16T00:00:00-05:00',
      latest: '2017-06-30T23:59:59.999-04:00',
      stated: 'In the winter and spring',
      zone: ZONE,
    },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(
        21,
        'In the winter and spring, Wikileaks went largely silent, only occasionally sending Trump Jr. links.',
        'One event stands for an unknown number of messages; it is placed at the end of June, when spring was over by any reckoning.',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: '',
      links: [],
      paraphrase: 'Links, sent only occasionally; neither their number nor what they led to is told.',
      incomplete: true,
    },
  },
  {
    type: 'MessageSent',
    id: 'wl-2017-07-11-emails',
    occurredAt: '2017-07-11T09:29:00-04:00',
    when: { precision: 'minute', stated: 'at 9:29 am on July 11', zone: ZONE },
    disclosures: correspondenceDisclosures,
    sources: [
      cite(23, 'The message was sent at 9:29 am on July 11.', 'Told as one message.'),
      cite(
        22,
        '“Hi Don. Sorry to hear about your problems,” Wikileaks wrote. “We have an idea that may help a little. We are VERY interested in confidentially obtaining and publishing a copy of the email(s) cited in the New York Times today,” citing a reference in the paper to emails Trump Jr had exchanged with Rob Goldstone, a publicist who had helped set up the meeting. “We think this is strongly in your interest,” Wikileaks went on. It then reprised many of the same arguments it made in trying to convince Trump Jr. to turn over his father’s tax returns, including the argument that Trump’s enemies in the press were using the emails to spin an unfavorable narrative of the meeting. “Us publishing not only deprives them of this ability but is beautifully confounding.”',
      ),
      cite(
        21,
        'But on July 11, 2017, three days after The New York Timesbroke the story about Trump Jr.’s June 2016 meeting with Natalia Veselnitskaya, a Russian lawyer with connections to Russia’s powerful prosecutor general, Wikileaks got in touch again.',
      ),
    ],
    data: {
      from: 'wikileaks',
      to: ['donald-trump-jr'],
      channel: DIRECT_MESSAGE,
      text: 'Hi Don. Sorry to hear about your problems\nWe have an idea that may help a little. We are VERY interested in confidentially obtaining and publishing a copy of the email(s) cited in the New York Times today\nWe think this is strongly in your interest\nUs publishing not only deprives them of this ability but is beautifully confounding.',
      links: [],
      paraphrase:
        'It repeats many of the arguments made for the tax returns, among them that the enemies of his father in the press were using the e-mails to spin an unfavorable narrative of the meeting.',
      pieces: [
        { text: 'Hi Don. Sorry to hear about your problems', as: 'quoted', paragraph: 22 },
        {
          text: 'We have an idea that may help a little. We are VERY interested in confidentially obtaining and publishing a copy of the email(s) cited in the New York Times today',
          as: 'quoted',
          paragraph: 22,
        },
        { text: 'We think this is strongly in your interest', as: 'quoted', paragraph: 22 },
        {
          text: 'It repeats many of the arguments made for the tax returns, among them that the enemies of his father in the press were using the e-mails to spin an unfavorable narrative of the meeting.',
          as: 'paraphrased',
          paragraph: 22,
        },
        { text: 'Us publishing not only deprives them of this ability but is beautifully confounding.', as: 'quoted', paragraph: 22 },
      ],
      incomplete: true,
    },
  },
];
