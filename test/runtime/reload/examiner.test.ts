import { describe, expect, test } from 'vitest';
import { examinerPorts } from '../../../engine/cli/rule-examination.ts';
import type { EnrichmentParts } from '../../../engine/intel/index.ts';
import { type Examined, RuleExaminer } from '../../../engine/runtime/index.ts';

function rule(letter: string, word: string): string {
  return `title: Rule ${letter}\nid: ${letter.repeat(8)}-0000-4000-8000-000000000000\nlevel: high\nlogsource: {product: app}\ndetection:\n  selection: {msg|contains: '${word}'}\n  condition: selection\n`;
}

const RECENT = new TextEncoder().encode(
  Array.from({ length: 2000 }, (_, i) => `{"msg":"alpha ${i}","@timestamp":"2026-01-01T00:00:00Z"}\n`).join(
    '',
  ),
);
const GOOD = { 'a.yml': rule('a', 'never'), 'b.yml': rule('b', 'nothing') };

/** An examiner whose files stand as in `files`; what it found first already runs. */
async function running(files: Record<string, string>, enrichment?: EnrichmentParts): Promise<RuleExaminer> {
  const ports = examinerPorts({ rules: [], placeholders: [] }, undefined);
  const read = async () => ({
    rules: Object.entries(files).map(([path, text]) => ({ path, text })),
    lists: [],
    unreadable: [],
  });
  const kept = { rules: new Map(), lists: new Map(), refused: new Map() };
  const examiner = new RuleExaminer({ ...ports, read }, { kept, enrichment });
  await examiner.examine(new Uint8Array(0));
  examiner.take();
  return examiner;
}

function examined(found: Awaited<ReturnType<RuleExaminer['examine']>>): Examined {
  if (found.kind !== 'examined') throw new Error('nothing had changed');
  return found;
}

describe('rules that are examined', () => {
  test('are tried on events as they are enriched where rules run', async () => {
    const files: Record<string, string> = { ...GOOD };
    const examiner = await running(files, {
      assets: [],
      identities: [{ user: 'ana', department: 'sales' }],
      geo: [],
    });
    files['a.yml'] = rule('a', 'never').replace("msg|contains: 'never'", 'user.department: sales');
    const line = '{"msg":"alpha","user":{"name":"ana"},"@timestamp":"2026-01-01T00:00:00Z"}\n';
    const found = examined(await examiner.examine(new TextEncoder().encode(line.repeat(2000))));
    expect(found.bad[0]?.reason).toMatch(/2000 recent events the new rules give 2000 signals/);
  });

  test('are told unchanged by their content', async () => {
    const examiner = await running({ ...GOOD });
    expect(await examiner.examine(RECENT)).toEqual({ kind: 'unchanged', files: 2 });
  });

  test('are refused file by file where recent events would make far more signals, and the others are taken', async () => {
    const files: Record<string, string> = { ...GOOD };
    const examiner = await running(files);
    files['a.yml'] = rule('a', 'alpha');
    files['b.yml'] = rule('b', 'something');
    const found = examined(await examiner.examine(RECENT));
    expect(found.bad).toMatchObject([{ path: 'a.yml', runs: 'last good' }]);
    expect(found.bad[0]?.reason).toMatch(/2000 recent events the new rules give 2000 signals/);
    expect(found.changes.map(({ path }) => path)).toEqual(['b.yml']);
    expect([...found.refused.keys()]).toEqual(['a.yml']);
    examiner.take();
    expect(await examiner.examine(RECENT)).toMatchObject({ kind: 'unchanged' });
    // The same version stays refused; another is looked at.
    files['b.yml'] = rule('b', 'anything');
    expect(examined(await examiner.examine(RECENT)).bad).toMatchObject([{ path: 'a.yml' }]);
    files['a.yml'] = rule('a', 'gamma');
    expect(examined(await examiner.examine(RECENT)).bad).toEqual([]);
  });

  test('leave held files alone', async () => {
    const files: Record<string, string> = { ...GOOD };
    const examiner = await running(files);
    files['a.yml'] = rule('a', 'x');
    files['b.yml'] = rule('b', 'y');
    const found = examined(await examiner.examine(new Uint8Array(0), new Set(['a.yml'])));
    expect(found.changes.map(({ path }) => path)).toEqual(['b.yml']);
  });
});
