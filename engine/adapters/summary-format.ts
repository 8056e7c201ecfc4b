import type { SignalFormat } from './signal-format.ts';
import { alertSummary, incidentSummary, type Summary, signalSummary } from './summary.ts';

/** A format with one line or block for each finding, whatever it is. */
export function summaryFormat(name: string, write: (summary: Summary) => string): SignalFormat {
  return {
    name,
    begin: () => '',
    signal: (signal) => write(signalSummary(signal)),
    alert: (alert) => write(alertSummary(alert)),
    incident: (incident) => write(incidentSummary(incident)),
    end: () => '',
  };
}
