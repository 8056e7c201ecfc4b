import { describe, expect, test } from 'vitest';
import { compileRuleset, Engine } from '../../engine/pipeline/index.ts';

/** A keyword is found however JSON spells it, although the raw line is searched first. */
const RULE = `title: Tool names
logsource: {category: anything}
detection:
  keywords: ['sekurlsa::logonpasswords', 'mimikatz task', '\\\\evil.dll', 'kiwi']
  condition: keywords
`;

const CASES: readonly { readonly name: string; readonly line: string; readonly hits: number }[] = [
  { name: 'plain', line: '{"a":"run mimikatz task now"}', hits: 1 },
  { name: 'in another case', line: '{"a":"SEKURLSA::LogonPasswords"}', hits: 1 },
  { name: 'deep inside', line: '{"a":{"b":[{"c":"a kiwi"}]}}', hits: 1 },
  { name: 'with an escaped letter', line: '{"a":"\\u006dimikatz task"}', hits: 1 },
  { name: 'with an escaped capital', line: '{"a":"\\u004bIWI"}', hits: 1 },
  { name: 'with every letter escaped', line: '{"a":"\\u006b\\u0069\\u0077\\u0069"}', hits: 1 },
  { name: 'with the Kelvin sign for k', line: '{"a":"\u212aiwi"}', hits: 1 },
  { name: 'with the escaped Kelvin sign', line: '{"a":"\\u212Aiwi"}', hits: 1 },
  { name: 'with the long s', line: '{"a":"\u017fekurl\u017fa::logonpa\u017f\u017fwords"}', hits: 1 },
  { name: 'with the escaped long s', line: '{"a":"\\u017fekurlsa::logonpasswords"}', hits: 1 },
  { name: 'with a backslash, which JSON escapes', line: '{"a":"c:\\\\evil.dll"}', hits: 1 },
  { name: 'with a backslash escaped by number', line: '{"a":"c:\\u005cevil.dll"}', hits: 1 },
  { name: 'in a name, which does not count', line: '{"kiwi":"fruit"}', hits: 0 },
  { name: 'cut in two by a value’s end', line: '{"a":"ki","b":"wi"}', hits: 0 },
  { name: 'in an escape that spells something else', line: '{"a":"\\u006ciwi"}', hits: 0 },
  { name: 'after an escaped backslash, which makes u a letter', line: '{"a":"\\\\u006biwi"}', hits: 0 },
];

/** Keywords that are numbers are found in numbers, by the text that comparing them with a text would use. */
const NUMBERS = `title: Numbers
logsource: {category: anything}
detection:
  keywords: [42424, '31337*', '1.25', 'e-7', 'infinity', 'true']
  condition: keywords
`;

const NUMBER_CASES: typeof CASES = [
  { name: 'as a number', line: '{"port":42424}', hits: 1 },
  { name: 'as a text', line: '{"port":"42424"}', hits: 1 },
  { name: 'within a longer number, as within a text', line: '{"a":{"b":[1424249]}}', hits: 1 },
  { name: 'with an exponent', line: '{"port":4.2424e4}', hits: 1 },
  { name: 'with zeros behind the point', line: '{"port":42424.000}', hits: 1 },
  { name: 'with more digits than a double keeps', line: '{"port":42423.999999999999999}', hits: 1 },
  { name: 'where the keyword has a wildcard', line: '{"port":931337}', hits: 1 },
  { name: 'as a fraction', line: '{"port":1.2500}', hits: 1 },
  { name: 'as a fraction whose text has an exponent', line: '{"port":0.0000001}', hits: 1 },
  { name: 'beyond what is finite', line: '{"port":1e999}', hits: 1 },
  { name: 'as a truth value', line: '{"ok":true}', hits: 1 },
  { name: 'in a name, which does not count', line: '{"42424":1}', hits: 0 },
  { name: 'cut in two by a point', line: '{"port":42.424}', hits: 0 },
  { name: 'where only its digits with an exponent stand', line: '{"port":42424e1,"b":false}', hits: 1 },
  { name: 'in a number that only looks like it', line: '{"port":42425,"ok":null}', hits: 0 },
];

describe('keywords', () => {
  const { ruleset } = compileRuleset([{ path: 'rule.yml', text: RULE }]);
  const engine = new Engine(ruleset);
  test.each(CASES)('are found $name', ({ line, hits }) => {
    const bytes = new TextEncoder().encode(line);
    let text = '';
    for (const b of bytes) text += String.fromCharCode(b);
    const place = { file: 'x', line: 1 };
    expect(engine.processBytes({ bytes, text }, 0, bytes.length, place)).toHaveLength(hits);
    expect(engine.processRecord(JSON.parse(line))).toHaveLength(hits);
  });

  const numbers = new Engine(compileRuleset([{ path: 'rule.yml', text: NUMBERS }]).ruleset);
  test.each(NUMBER_CASES)('that are numbers are found $name', ({ line, hits }) => {
    const bytes = new TextEncoder().encode(line);
    const text = Buffer.from(bytes).toString('latin1');
    const found = numbers.processBytes({ bytes, text }, 0, bytes.length, { file: 'x', line: 1 });
    expect(found).toHaveLength(hits);
    expect(numbers.processRecord(JSON.parse(line))).toHaveLength(hits);
  });

  test('are found in every line of a buffer, whatever stands in the others', () => {
    const lines = CASES.map(({ line }) => line);
    const bytes = new TextEncoder().encode(lines.join('\n'));
    let text = '';
    for (const b of bytes) text += String.fromCharCode(b);
    let start = 0;
    for (const { hits, name } of CASES) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? bytes.length : newline;
      const found = engine.processBytes({ bytes, text }, start, end, { file: 'x', line: 1 });
      expect([name, found?.length]).toEqual([name, hits]);
      start = end + 1;
    }
  });
});
