import { alertFromRecord, incidentFromRecord } from '../../model/index.ts';
import type { BodyFormat, OutboxItem } from '../../runtime/index.ts';
import { cefFormat } from '../cef.ts';
import { ecsFormat } from '../ecs.ts';
import { leefFormat } from '../leef.ts';
import { markdownFormat } from '../markdown-report.ts';
import { ocsfFormat } from '../ocsf.ts';
import { type CsvKind, csvFormat } from '../signal-csv.ts';
import type { SignalFormat } from '../signal-format.ts';
import { stixFormat } from '../stix.ts';

const FORMATS: Readonly<Record<Exclude<BodyFormat, 'ndjson' | 'csv'>, (version: string) => SignalFormat>> = {
  ocsf: ocsfFormat,
  ecs: () => ecsFormat(),
  stix: () => stixFormat(),
  cef: cefFormat,
  leef: leefFormat,
  markdown: () => markdownFormat(),
};

/** What stands before the first item of a file, such as CSV's names of columns; a CSV holds items of one kind. */
export function bodyHead(format: BodyFormat, [first]: readonly OutboxItem[]): string {
  return format === 'csv' && first !== undefined ? csvFormat(csvKindOf(first)).begin() : '';
}

function csvKindOf(item: OutboxItem): CsvKind {
  return item.kind === 'alert' ? 'alerts' : 'incidents';
}

/** An item in a form, with its line end. */
export function bodyText(item: OutboxItem, format: BodyFormat, productVersion: string): string {
  if (format === 'ndjson' || item.kind === 'heartbeat') return `${item.body}\n`;
  const record: unknown = JSON.parse(item.body);
  const form = format === 'csv' ? csvFormat(csvKindOf(item)) : FORMATS[format](productVersion);
  if (format === 'stix') return `${form.begin()}${written(form, item, record)}${form.end()}`;
  return written(form, item, record);
}

function written(form: SignalFormat, item: OutboxItem, record: unknown): string {
  if (item.kind === 'alert') {
    const { value } = alertFromRecord(record);
    return value === undefined ? '' : form.alert(value);
  }
  const { value } = incidentFromRecord(record);
  return value === undefined ? '' : form.incident(value);
}
