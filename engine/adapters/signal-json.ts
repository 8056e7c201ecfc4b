import { alertRecord, incidentRecord } from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';
import { signalRecord } from './signal-record.ts';

/** One JSON array of everything, one element a line; `[]` where there is nothing. */
export function jsonFormat(): SignalFormat {
  let first = true;
  const element = (record: Record<string, unknown>): string => {
    const lead = first ? '\n' : ',\n';
    first = false;
    return lead + JSON.stringify(record);
  };
  return {
    name: 'json',
    begin: () => '[',
    signal: (signal) => element(signalRecord(signal)),
    alert: (alert) => element(alertRecord(alert)),
    incident: (incident) => element(incidentRecord(incident)),
    end: () => (first ? ']\n' : '\n]\n'),
  };
}
