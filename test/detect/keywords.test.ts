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
