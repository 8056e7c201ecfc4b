import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { ndjsonFormat } from '../../engine/adapters/index.ts';
import { OUTPUT_SCHEMA } from '../../engine/model/index.ts';
import { alertWith, HOSTILE, incidentWith } from './cases.ts';
import { signal } from './signals.ts';

const validate = new Ajv2020({ strict: true, allErrors: true }).compile(OUTPUT_SCHEMA);

describe('the published schema of output lines', () => {
  test.each(HOSTILE)('accepts what is written, with %s', (_, text) => {
    const format = ndjsonFormat();
    const written = [
      format.signal(signal({ title: text })),
      format.alert(alertWith(text)),
      format.incident(incidentWith(text)),
    ];
    for (const line of written) {
      validate(JSON.parse(line));
      expect(validate.errors).toBeNull();
    }
  });

  test('refuses an alert with a member less, and one with a member of another type', () => {
    const alert: Record<string, unknown> = JSON.parse(ndjsonFormat().alert(alertWith('a')));
    const { severity: _, ...rest } = alert;
    expect(validate(rest)).toBe(false);
    expect(validate({ ...alert, count: 'many' })).toBe(false);
    expect(validate({ ...alert, surprise: 1 })).toBe(false);
  });
});
