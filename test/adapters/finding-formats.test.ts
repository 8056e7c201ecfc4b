// Long because it is a table of formats: each is written with the same hostile findings, parsed back, and held against its specification.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import {
  cefFormat,
  csvFormat,
  ecsFormat,
  graphvizFormat,
  htmlFormat,
  leefFormat,
  markdownFormat,
  mermaidFormat,
  ndjsonFormat,
  ocsfFormat,
  printable,
  type SignalFormat,
  stixFormat,
} from '../../engine/adapters/index.ts';
import { uuidV5 } from '../../engine/adapters/stix-id.ts';
import { clip } from '../../engine/adapters/summary.ts';
import { alertFromRecord, incidentFromRecord } from '../../engine/model/index.ts';
import { alertWith, HOSTILE, incidentWith } from './cases.ts';
import { OCSF_SCHEMA } from './ocsf-schema.ts';

function written(format: SignalFormat, text: string): string {
  return format.begin() + format.alert(alertWith(text)) + format.incident(incidentWith(text)) + format.end();
}

/** The lines of a text; every line is whole. */
function linesOf(text: string): string[] {
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

/** Control characters but the line end, and what turns the reading direction. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\u202a-\u202e]/u;

type Document = Readonly<Record<string, unknown>>;

function parsed(line: string): Document {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error('no object');
  return { ...value };
}

/** What a text becomes on the way through UTF-8: half a character is the replacement character. */
function asUtf8(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

describe.each(HOSTILE)('with %s', (_, text) => {
  test('NDJSON gives back what went in', () => {
    const [alert = '', incident = ''] = linesOf(written(ndjsonFormat(), text));
    expect(alertFromRecord(parsed(alert))).toEqual({ value: tagged(alertWith(text)), problems: [] });
    expect(incidentFromRecord(parsed(incident))).toEqual({ value: incidentWith(text), problems: [] });
  });

  test('CSV has its columns, and no cell that a spreadsheet computes', () => {
    const format = csvFormat('alerts');
    const rows = parseCsv(format.begin() + format.alert(alertWith(text)) + format.end());
    expect(rows).toHaveLength(2);
    const [head = [], row = []] = rows;
    expect(row).toHaveLength(head.length);
    for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    const title = row[head.indexOf('title')] ?? '';
    expect([text, `'${text}`]).toContain(title);
  });

  test('OCSF is what the specification of its classes asks for', () => {
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(OCSF_SCHEMA);
    for (const line of linesOf(written(ocsfFormat('1.0.0'), text))) {
      const document = parsed(line);
      validate(document);
      expect(validate.errors).toBeNull();
      expect(document['type_uid']).toBe(
        Number(document['class_uid']) * 100 + Number(document['activity_id']),
      );
      expect(document['message']).toBe(text);
    }
  });

  test('STIX is a bundle whose references lead somewhere', () => {
    const bundle = parsed(written(stixFormat(), text));
    expect(bundle['type']).toBe('bundle');
    expect(bundle['id']).toMatch(
      /^bundle--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const objects = (bundle['objects'] as Document[]).map((object) => ({ ...object }) as Document);
    const ids = new Set(objects.map((object) => object['id']));
    expect(ids.size).toBe(objects.length);
    for (const object of objects) {
      expect(object['id']).toMatch(new RegExp(`^${String(object['type'])}--[0-9a-f-]{36}$`));
      expect(object['spec_version']).toBe('2.1');
      for (const [key, value] of Object.entries(object)) {
        if (key.endsWith('_ref')) expect(ids.has(value), `${key} of ${String(object['id'])}`).toBe(true);
        if (key.endsWith('_refs')) for (const one of value as string[]) expect(ids.has(one)).toBe(true);
        if (['created', 'modified', 'first_seen'].includes(key)) expect(value).toMatch(/^\d{4}-.*\.\d{3}Z$/);
        expect(value === '' && key !== 'description', `${key} of ${String(object['type'])} is empty`).toBe(
          false,
        );
      }
    }
    expect(JSON.stringify(objects)).not.toContain('[]');
    expect(written(stixFormat(), text)).toBe(written(stixFormat(), text));
  });

  test('ECS keeps the field sets apart', () => {
    const [alert, incident] = linesOf(written(ecsFormat(), text)).map(parsed);
    expect(alert).toMatchObject({
      '@timestamp': '2026-11-24T09:00:00.000Z',
      event: { kind: 'alert', category: ['intrusion_detection'], severity: 73, dataset: 'telltale.alert' },
      source: { ip: '203.0.113.7' },
      destination: { ip: '2001:db8::1' },
      rule: { name: text },
      message: text,
      threat: { tactic: { name: ['credential-access', 'impact'] } },
    });
    expect(incident).toMatchObject({ event: { dataset: 'telltale.incident' }, user: { name: text } });
  });

  test('ECS has no field of its own outside its namespace', () => {
    for (const line of linesOf(written(ecsFormat(), text))) {
      const foreign = fieldsOf(parsed(line)).filter(
        (field) => !field.startsWith('telltale.') && !ECS_FIELDS.has(field),
      );
      expect(foreign).toEqual([]);
    }
  });

  test('CEF has seven bars in its header and gives back its values', () => {
    for (const line of linesOf(written(cefFormat('1.0.0'), text))) {
      const { header, extension } = parseCef(line);
      expect(header.slice(0, 4)).toEqual(['CEF:0', 'Telltale', 'Telltale', '1.0.0']);
      expect(header).toHaveLength(7);
      expect(header[5]).toBe(printable(clip(text.replace(/[\r\n]+/g, ' '), 512)));
      expect(header[6]).toBe('8');
      expect(extension.get('cs3Label')).toBe('Entities');
      if (text !== '') {
        expect(extension.get('suser')).toBe(
          clip(text, 1023)
            .split(/(\r|\n)/)
            .map((part) => (part === '\r' || part === '\n' ? part : printable(part)))
            .join(''),
        );
      }
      expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }
  });

  test('LEEF has five bars and no tab but between attributes', () => {
    for (const line of linesOf(written(leefFormat('1.0.0'), text))) {
      const parts = line.split('|');
      expect(parts.slice(0, 4)).toEqual(['LEEF:2.0', 'Telltale', 'Telltale', '1.0.0']);
      expect(parts[5]).toBe('x09');
      const attributes = line.split('|').slice(6).join('|').split('\t');
      const read = new Map(
        attributes.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
      );
      expect(read.get('sev')).toBe('9');
      expect(read.get('title') ?? '').toBe(printable(clip(text, 4000).replace(/[\t\r\n]+/g, ' ')));
      expect([...read.keys()].every((key) => /^[a-zA-Z]+$/.test(key))).toBe(true);
    }
  });

  test('Markdown has the headings and rows of the report, and no markup of the text', () => {
    const report = written(markdownFormat(), text);
    const lines = report.split('\n');
    expect(lines.filter((line) => /^# /.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /^## /.test(line))).toHaveLength(2);
    expect(report).not.toMatch(/<(?!br\/>)[a-z/!]/i);
    expect(report).not.toMatch(/\]\(/);
    expect(lines.filter((line) => line.startsWith('```'))).toHaveLength(2);
    for (const line of lines.filter((one) => one.startsWith('|'))) {
      const cells = line.replaceAll('\\\\', '').replaceAll('\\|', '').split('|').length - 2;
      expect(cells).toBeGreaterThanOrEqual(2);
      expect(cells).toBeLessThanOrEqual(5);
    }
    expect(report).not.toMatch(UNPRINTABLE);
  });

  test('HTML holds the tags of the report only', () => {
    const page = written(htmlFormat(), text);
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
    const own =
      'html head meta title style body main h1 h2 h3 section span a thead tbody p br table tr th td ol ul li time';
    expect([...tags].filter((tag) => !own.split(' ').includes(tag ?? ''))).toEqual([]);
    expect(page).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(page).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:|javascript:)/i);
    expect(balanced(page)).toEqual([]);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(UNPRINTABLE);
  });

  test('Mermaid has a node for each alert and entity, and labels without markup', () => {
    const lines = linesOf(mermaidFormat().incident(incidentWith(text)));
    expect(lines[0]).toBe('flowchart LR');
    expect(lines[1]).toMatch(/^ {2}accTitle: /);
    const nodes = lines.filter((line) => /^ {2}n\d+(?:\[|\(\[)"/.test(line));
    // An entity without a value is none.
    expect(nodes).toHaveLength(text === '' ? 3 : 4);
    for (const line of nodes)
      expect(line).toMatch(
        /^ {2}n\d+(?:\["[^"<>[\]]*<br\/>[^"<>[\]]*"\]|\(\["[^"<>[\]]*<br\/>[^"<>[\]]*"\]\))$/,
      );
    expect(
      lines.slice(2 + nodes.length).every((line) => /^ {2}n\d+ (?:---|-->\|"[^"<>]*"\|) n\d+$/.test(line)),
    ).toBe(true);
  });

  test('DOT has quoted labels from which nothing escapes', () => {
    const lines = linesOf(graphvizFormat().incident(incidentWith(text)));
    const quoted = '"(?:[^"\\\\]|\\\\.)*"';
    const allowed = new RegExp(
      `^(?:digraph incident \\{|  rankdir=LR;|  label=${quoted};|  n\\d+ \\[shape=(?:box|ellipse), label=${quoted}\\];|  n\\d+ -> n\\d+ \\[(?:dir=none|label=${quoted})\\];|\\})$`,
    );
    expect(lines.filter((line) => !allowed.test(line))).toEqual([]);
  });

  test('every form stays within a few times the size of the text', () => {
    for (const format of [
      cefFormat('1'),
      leefFormat('1'),
      markdownFormat(),
      htmlFormat(),
      mermaidFormat(),
      graphvizFormat(),
    ]) {
      expect(written(format, text).length, format.name).toBeLessThan(200_000);
    }
    expect(asUtf8(written(ecsFormat(), text)).length).toBeLessThan(60 * (text.length + 1000));
  });
});

test('STIX has no empty list where an incident is bare', () => {
  const format = stixFormat();
  const bundle = format.begin() + format.incident(incidentFromRecord({ title: 'a' }).value) + format.end();
  expect(bundle).not.toContain('[]');
  expect(parsed(bundle)['type']).toBe('bundle');
});

test('name-based UUIDs are those of the standard', () => {
  // RFC 9562, appendix A.4: www.example.com in the namespace of domain names.
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});

test('cutting never leaves half a character', () => {
  expect(clip('ab\u{1f600}cd', 4)).toBe('ab…');
  expect(clip('abcd', 4)).toBe('abcd');
});

/** The fields of the Elastic Common Schema 8.17 (its field reference) that a finding can have; a list has the name of its items. */
const ECS_FIELDS = new Set(
  `@timestamp message tags ecs.version
  event.kind event.category event.type event.id event.dataset event.module event.provider event.start event.end event.severity event.risk_score event.reason
  rule.id rule.name rule.version rule.ruleset rule.description
  threat.framework threat.tactic.name threat.technique.id threat.technique.name threat.technique.subtechnique.id threat.technique.subtechnique.name
  host.name user.name user.target.name source.ip destination.ip destination.domain process.executable file.path url.original registry.path
  related.ip related.user related.hosts related.hash`.split(/\s+/),
);

/** The dotted names of the leaves of a document. */
function fieldsOf(value: Document, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? fieldsOf({ ...inner }, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

/** Outputs leave the tags of the rule to those of the alert. */
function tagged(alert: ReturnType<typeof alertWith>): ReturnType<typeof alertWith> {
  return { ...alert, rule: { ...alert.rule, tags: alert.tags } };
}

/** RFC 4180: cells in quotes may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^,\r\n"]*)(,|\r\n|$)/gy;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null) throw new Error('no CSV');
    const [, value = '', end] = found;
    rows.at(-1)?.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === '\r\n' && cell.lastIndex < text.length) rows.push([]);
    if (end === '') break;
  }
  return rows;
}

/** Splits at bars that are not escaped, and the extension at keys; undoes the escapes. */
function parseCef(line: string): { header: string[]; extension: Map<string, string> } {
  const header: string[] = [];
  let rest = line;
  for (let i = 0; i < 7; i++) {
    const found = /^((?:[^\\|]|\\[\\|])*)\|/.exec(rest);
    if (found === null) throw new Error(`no header: ${rest.slice(0, 80)}`);
    header.push((found[1] ?? '').replace(/\\([\\|])/g, '$1'));
    rest = rest.slice(found[0].length);
  }
  const extension = new Map<string, string>();
  const pair = /([A-Za-z0-9]+)=((?:[^\\=]|\\[\\=nr])*?)(?= [A-Za-z0-9]+=|$)/gy;
  while (pair.lastIndex < rest.length) {
    const found = pair.exec(rest);
    if (found === null) throw new Error(`no extension: ${rest.slice(0, 80)}`);
    const value = (found[2] ?? '').replace(
      /\\([\\=nr])/g,
      (__, char: string) => ({ n: '\n', r: '\r' })[char] ?? char,
    );
    extension.set(found[1] ?? '', value);
    pair.lastIndex++;
  }
  return { header, extension };
}

/** Tags that are not closed in order; void ones need no end. */
function balanced(page: string): string[] {
  const open: string[] = [];
  for (const [, slash, tag = ''] of page.matchAll(/<(\/?)([a-z0-9]+)/gi)) {
    if (['meta', 'br'].includes(tag)) continue;
    if (slash === '') open.push(tag);
    else if (open.pop() !== tag) return [`</${tag}>`];
  }
  return open;
}
