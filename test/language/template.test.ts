import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ESCAPES,
  parseTemplate,
  renderTemplate,
  type TemplateValue,
  templateFields,
} from '../../engine/language/index.ts';

const VALUES: Readonly<Record<string, TemplateValue>> = {
  User: 'alice',
  'host.name': 'WS1',
  Ports: [22, 80],
  Empty: null,
  Sneaky: 'a\nb\u202e\u001b[31m<script>|*x*',
  Template: '{{User}}',
  Formula: '=1+1',
};

function fill(text: string, escaped: keyof typeof ESCAPES = 'plain'): string {
  return renderTemplate(
    parseTemplate(text),
    (name) => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined),
    ESCAPES[escaped],
  );
}

describe('templates', () => {
  const cases = [
    { name: 'a field', given: 'Reset {{User}} on {{ host.name }}.', expect: 'Reset alice on WS1.' },
    { name: 'a list and null', given: '{{Ports}} {{Empty}}', expect: '22, 80 null' },
    { name: 'a missing value is said', given: 'Ask {{Manager}}', expect: 'Ask (no Manager)' },
    { name: 'a value is never a template', given: '{{Template}}', expect: '{{User}}' },
    { name: 'nothing inherited', given: '{{constructor}}', expect: '(no constructor)' },
    { name: 'braces that are none', given: 'a {b} {{}} {{ }} $x {{a', expect: 'a {b} {{}} {{ }} $x {{a' },
    { name: 'two braces as text', given: '{{{{User}}', expect: '{{User}}' },
    {
      name: 'control and direction characters are shown',
      given: '{{Sneaky}}',
      expect: 'a\\u{a}b\\u{202e}\\u{1b}[31m<script>|*x*',
    },
  ];
  for (const { name, given, expect: wanted } of cases) test(name, () => expect(fill(given)).toBe(wanted));

  test('values are escaped for what they stand in, and the text of the rule is not', () => {
    expect(fill('*{{Sneaky}}*', 'markdown')).toBe(
      '*a\\\\u\\{a\\}b\\\\u\\{202e\\}\\\\u\\{1b\\}\\[31m\\<script\\>\\|\\*x\\**',
    );
    expect(fill('<b>{{Sneaky}}</b>', 'html')).toContain('&lt;script&gt;');
    expect(fill('{{Formula}}', 'csv')).toBe("'=1+1");
  });

  test('a long value is cut, between characters', () => {
    const long = renderTemplate(
      parseTemplate('{{x}}'),
      () => `${'a'.repeat(255)}\u{1f600}${'b'.repeat(100)}`,
    );
    expect(long).toBe(`${'a'.repeat(255)}… (357 characters)`);
  });

  test('names, each once', () =>
    expect(templateFields(parseTemplate('{{a}}{{ b }}{{a}}'))).toEqual(['a', 'b']));

  test('a text without braces stays what it is', () => {
    const text = fc.string().filter((one) => !one.includes('{'));
    fc.assert(
      fc.property(text, (given) => {
        expect(fill(given)).toBe(given);
      }),
    );
  });
});
