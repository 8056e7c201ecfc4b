import { alertFromRecord, incidentFromRecord } from '../../model/index.ts';
import type { OutboxItem } from '../../runtime/index.ts';
import { alertSummary, incidentSummary, type Summary } from '../summary.ts';

/** An item in short; undefined where it is none of a kind that has one. */
export function itemSummary({ kind, body }: Pick<OutboxItem, 'kind' | 'body'>): Summary | undefined {
  if (kind === 'heartbeat') return undefined;
  const record: unknown = JSON.parse(body);
  if (kind === 'alert') {
    const { value } = alertFromRecord(record);
    return value === undefined ? undefined : alertSummary(value);
  }
  const { value } = incidentFromRecord(record);
  return value === undefined ? undefined : incidentSummary(value);
}
