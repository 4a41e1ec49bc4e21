import { expect, test } from 'vitest';
import { html, label, markupText, sentence, trusted } from '../../../src/report/html/markup.ts';

const text = (markup: Parameters<typeof markupText>[0]) => markupText(markup);

test('what is put into a template is escaped, once, unless it is HTML already', () => {
  const hostile = `<script>"&'`;
  expect(text(html`<p title="${hostile}">${hostile}</p>`)).toBe(
    '<p title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</p>',
  );
  expect(text(html`<ul>${['a<', 'b'].map((item) => html`<li>${item}</li>`)}</ul>`)).toBe('<ul><li>a&lt;</li><li>b</li></ul>');
  expect(text(html`${trusted('<b>')}${1}${undefined}${false}`)).toBe('<b>1');
});

test('an object of a run cannot pass for HTML', () => {
  const stored = JSON.parse('{"text":"<b>"}');
  expect(() => text(html`${stored}`)).toThrow();
});

test('labels stand by themselves, and figures with their units', () => {
  expect(text(label('שלום'))).toBe('<bdi>שלום</bdi>');
  expect(text(sentence('3 % slower, 5 used'))).toBe('<bdi>3\u00a0% slower, 5 used</bdi>');
});
