import { describe, expect, test } from 'vitest';
import type { RuleFile } from '../../engine/language/index.ts';
import { compileRuleset, Engine } from '../../engine/pipeline/index.ts';
import { CLOUD_EVENTS } from '../ingest/products/cloud-events.ts';
import { HOST_AND_NETWORK_EVENTS } from '../ingest/products/host-and-network-events.ts';
import { CASES, type Case } from '../ingest/records.ts';

const RECORDS = [...CASES, ...CLOUD_EVENTS, ...HOST_AND_NETWORK_EVENTS];

/** A rule for each field of each record, under the logsource that the record must have; its title tells which. */
function rulesOf(cases: readonly Case[]): RuleFile[] {
  const files: RuleFile[] = [];
  cases.forEach((one, i) => {
    const add = (title: string, selection: unknown) => {
      const rule = {
        title: `${i} ${title}`,
        id: `00000000-0000-4000-8000-${String(files.length).padStart(12, '0')}`,
        // What has no logsource of Sigma's (alerts of other products) is seen by rules that name none.
        logsource: one.applies[0] ?? {},
        detection: { selection, condition: 'selection' },
      };
      files.push({ path: `${files.length}.yml`, text: JSON.stringify(rule) });
    };
    for (const [field, value] of Object.entries(one.fields ?? {})) {
      const member = Array.isArray(value) ? value[0] : value;
      if (member === undefined || member === null || typeof member === 'object') continue;
      // Wildcards and backslashes of the value are meant as they are.
      const text = String(member).replace(/[\\*?]/g, '\\$&');
      add(`${field} is`, { [field]: text });
      add(`${field} begins`, { [`${field}|startswith`]: text });
      add(`${field} is there`, { [`${field}|exists`]: true });
      add(`${field} is not`, { [`${field}|neq`]: 'something else entirely' });
    }
  });
  return files;
}

describe('a record of every mapping, read from bytes and from its parsed form', () => {
  const { ruleset, diagnostics } = compileRuleset(rulesOf(RECORDS));
  const engine = new Engine(ruleset);

  test('the rules about the records compile', () => {
    expect(diagnostics.filter((one) => one.severity === 'error')).toEqual([]);
    expect(ruleset.detections.length).toBeGreaterThan(500);
  });

  RECORDS.forEach((one, i) => {
    test(one.name, () => {
      const text = JSON.stringify(one.given);
      const bytes = new TextEncoder().encode(text);
      const units = String.fromCharCode(...bytes);
      const place = { file: 'x', line: 1 };
      const titles = (found: ReturnType<Engine['processBytes']>) =>
        (found ?? []).map((signal) => signal.rule.title).sort();
      const fast = titles(engine.processBytes({ bytes, text: units }, 0, bytes.length, place));
      expect(engine.lastSchema).toBe(one.schema);
      const slow = titles(engine.processRecord(JSON.parse(text), place, bytes));
      expect(engine.lastSchema).toBe(one.schema);
      expect(fast).toEqual(slow);
      const own = ruleset.detections
        .map((rule) => rule.meta.title)
        .filter((title) => title.startsWith(`${i} `))
        .sort();
      expect(fast.filter((title) => title.startsWith(`${i} `))).toEqual(own);
    });
  });
});
