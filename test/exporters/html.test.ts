import t from 'tap';
import { html } from '../../src/exporters/html.js';

t.test('what is put in stands there as text, lists included, unless it is HTML itself', (t) => {
  const evil = `</p><script>alert("x")</script> & 'y'`;
  t.equal(html`<p title="${evil}">${1}</p>`.text, '<p title="&lt;/p&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">1</p>');
  t.equal(html`<ul>${['<a>', html`<b>${'<c>'}</b>`, ['d']]}</ul>`.text, '<ul>&lt;a&gt;<b>&lt;c&gt;</b>d</ul>');
  t.end();
});

t.test('control characters and overrides of direction are left out; lines stay lines', (t) => {
  t.equal(html`${'a\u0000b\u001b[31mc\u0085d\u202egnp.exe\u202c'}`.text, 'ab[31mcdgnp.exe\u202c');
  t.equal(html`${'one\r\ntwo\rthree\tfour'}`.text, 'one\ntwo\nthree\tfour');
  t.equal(html`${'שלום 你好 é 😀'}`.text, 'שלום 你好 é 😀');
  t.end();
});
