import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import {
  createSchemas,
  decodeRecord,
  frameAll,
  INGEST_CODES,
  MAPPINGS,
  type MappingDocument,
  mappingJsonSchema,
  parseMapping,
  RECORD_LIMITS,
} from '../../engine/ingest/index.ts';

/** The codes that reading these YAML documents as mappings, and linking them, reports. */
function mappingCodes(yaml: string): string[] {
  const parsed = loadAll(yaml).map((document) => parseMapping(document));
  const extra = parsed.flatMap((one) => (one.value === undefined ? [] : [one.value]));
  return [...parsed.flatMap((one) => one.diagnostics), ...createSchemas({ extra }).diagnostics].map(
    (one) => one.code,
  );
}

/** The codes that reading these records reports; `\xNN` stands for a byte. */
function recordCodes(text: string, code: string): string[] {
  const limits = {
    recordSizeMaxBytes: code === 'TT2002' ? 32 : RECORD_LIMITS.recordSizeMaxBytes,
    recordDepthMax: code === 'TT2003' ? 3 : RECORD_LIMITS.recordDepthMax,
    recordValuesMax: code === 'TT2007' ? 5 : RECORD_LIMITS.recordValuesMax,
  };
  const bytes = Uint8Array.from(
    text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    (c) => c.charCodeAt(0),
  );
  return frameAll(bytes, limits).flatMap((framed) => {
    if (framed.kind === 'problem') return [framed.problem.declaration.code];
    const decoded = decodeRecord(framed.bytes, framed, limits);
    if (decoded.kind === 'problem') return [decoded.problem.declaration.code];
    return decoded.kind === 'record' && decoded.warning !== undefined
      ? [decoded.warning.declaration.code]
      : [];
  });
}

describe('each code is raised by its own example, and gone from the mended one', () => {
  for (const { code, failing, fixed } of Object.values(INGEST_CODES)) {
    const codes = (text: string) => (code < 'TT2010' ? recordCodes(text, code) : mappingCodes(text));
    test(code, () => {
      expect(codes(failing)).toContain(code);
      expect(codes(fixed)).toEqual([]);
    });
  }
});

const FINE = { mapping: 'my-app', title: 'Mine', detect: [[{ path: 'app' }]], time: ['ts'] };

describe('checking a mapping', () => {
  const table: readonly { name: string; given: unknown; expect: readonly string[] }[] = [
    { name: 'the least that is one', given: FINE, expect: [] },
    { name: 'nothing', given: null, expect: ['TT2010 the mapping is empty; it has to be an object'] },
    {
      name: 'what is missing is all named',
      given: {},
      expect: [
        "TT2010 'mapping' is missing",
        "TT2010 'title' is missing",
        "TT2010 'detect' is missing",
        "TT2010 'time' is missing",
      ],
    },
    {
      name: 'an id that is none',
      given: { ...FINE, mapping: 'My App' },
      expect: ["TT2010 'mapping' is the text 'My App'; it has to be lower-case words joined by - or _"],
    },
    {
      name: 'the reserved id',
      given: { ...FINE, mapping: 'unknown' },
      expect: ["TT2010 'unknown' is the name for records that no mapping recognises"],
    },
    {
      name: 'no group',
      given: { ...FINE, detect: [] },
      expect: ["TT2010 'detect' is an empty list; it has to be a list with at least one member"],
    },
    {
      name: 'a key deep inside',
      given: { ...FINE, detect: [[{ path: 'app', equal: ['x'] }]] },
      expect: ["TT2011 nobody reads the key 'equal'"],
    },
    {
      name: 'a value that is none',
      given: { ...FINE, entities: [{ type: 'usr', role: 'actor', fields: ['x'] }] },
      expect: ["TT2010 'usr' is none of the known values"],
    },
    {
      name: 'a template without a name',
      given: { ...FINE, lookup: ['a.b'] },
      expect: [
        "TT2010 'lookup.0' is the text 'a.b'; it has to be a path with {}, {camel} or {pascal} where the name goes",
      ],
    },
    {
      name: 'a joined text without a name',
      given: { ...FINE, lift: [{ kind: 'join', from: 'x' }] },
      expect: ["TT2010 'as' is missing"],
    },
  ];
  for (const { name, given, expect: expected } of table) {
    test(name, () =>
      expect(parseMapping(given).diagnostics.map((one) => `${one.code} ${one.message}`)).toEqual(expected),
    );
  }

  test('numbers among the texts to compare become texts', () => {
    const { value } = parseMapping({
      ...FINE,
      detect: [[{ path: 'v', equals: [1, true, 'x'] }]],
      discriminators: [{ name: 'id', paths: ['id'] }],
      classes: [{ when: { id: [4688] }, constants: { EventID: 4688 } }],
    });
    expect(value?.detect[0]?.[0]?.equals).toEqual(['1', 'true', 'x']);
    expect(value?.classes?.[0]).toEqual({ when: { id: ['4688'] }, constants: { EventID: '4688' } });
  });

  test('a finding carries the place that the locator gives, and says what was meant', () => {
    const ways: string[] = [];
    const { diagnostics } = parseMapping({ ...FINE, logsorce: {} }, (way) => {
      ways.push(way.join('/'));
      return { file: 'm.yml', line: 5, column: 1 };
    });
    expect(ways).toEqual(['logsorce']);
    expect(diagnostics).toEqual([
      {
        code: 'TT2011',
        severity: 'error',
        message: "nobody reads the key 'logsorce'",
        hint: "Did you mean 'logsource'?",
        at: { file: 'm.yml', line: 5, column: 1 },
      },
    ]);
  });

  test('no value makes it throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parseMapping(value)));
    fc.assert(
      fc.property(
        fc.record(
          {
            mapping: fc.anything(),
            title: fc.anything(),
            detect: fc.anything(),
            time: fc.anything(),
            classes: fc.anything(),
            lift: fc.anything(),
          },
          { requiredKeys: [] },
        ),
        (value) => void parseMapping(value),
      ),
    );
  });
});

describe('our own mappings', () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  const validate = ajv.compile(mappingJsonSchema());
  for (const document of MAPPINGS) {
    test(`${document.mapping} is a mapping by checker and schema, and survives JSON`, () => {
      const plain: unknown = JSON.parse(JSON.stringify(document));
      const { value, diagnostics } = parseMapping(plain);
      // Rows of a vocabulary are not part of the document, so that its discriminators are all its own.
      expect(diagnostics).toEqual([]);
      expect(value).toEqual(plain);
      expect(validate(plain), JSON.stringify(validate.errors)).toBe(true);
    });
  }

  test('have ids of their own, and name a discriminator once', () => {
    expect(new Set(MAPPINGS.map((one) => one.mapping)).size).toBe(MAPPINGS.length);
    const names = (document: MappingDocument) => (document.discriminators ?? []).map((one) => one.name);
    for (const document of MAPPINGS) expect(new Set(names(document)).size).toBe(names(document).length);
  });

  test('the schema refuses what the checker refuses', () => {
    for (const wrong of [
      {},
      { ...FINE, detect: 'x' },
      { ...FINE, logsorce: {} },
      { ...FINE, lookup: ['a'] },
      { ...FINE, entities: [{ type: 'x', role: 'actor', fields: ['a'] }] },
    ]) {
      expect(parseMapping(wrong).value).toBeUndefined();
      expect(validate(wrong)).toBe(false);
    }
  });
});
