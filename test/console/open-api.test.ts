import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { openApi, routesOf } from '../../engine/console/index.ts';

type Plain = Record<string, unknown>;

/** The document as it goes over the wire. */
function document(): Plain {
  return JSON.parse(JSON.stringify(openApi(routesOf('1.2.3'), '1.2.3')));
}

describe('the OpenAPI document', () => {
  test('is one, of version 3.1, by a validator of its own schema', async () => {
    const result = await new Validator().validate(document());
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  test('would not be one with a fault in it', async () => {
    const faults: readonly ((found: Plain) => unknown)[] = [
      (found) => ({ ...found, info: {} }),
      (found) => ({ ...found, paths: { ...(found['paths'] as object), '/x': { get: { responses: 5 } } } }),
      (found) => ({ ...found, nonsense: true }),
    ];
    for (const fault of faults) {
      const result = await new Validator().validate(fault(document()) as Plain);
      expect(result.valid, String(fault)).toBe(false);
    }
  });

  test('names every route once', () => {
    const operations = Object.values(document()['paths'] ?? {}).flatMap((one) =>
      Object.values(one as object),
    );
    const names = operations.map(({ operationId }: { operationId: string }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.sort()).toEqual(
      routesOf('1')
        .map(({ name }) => name)
        .sort(),
    );
  });
});
