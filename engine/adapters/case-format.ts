import type { Alert, Incident, Signal } from '../model/index.ts';
import { alertSummary, incidentSummary, signalSummary, type Summary } from './summary.ts';

/** One way to write signals, alerts and incidents as text: what stands before the first, each one, and what stands after the last. */
export interface CaseFormat {
  readonly name: string;
  begin(): string;
  signal(signal: Signal): string;
  alert(alert: Alert): string;
  incident(incident: Incident): string;
  end(): string;
}

/** A format with one line or block for each finding, whatever it is. */
export function summaryFormat(name: string, write: (summary: Summary) => string): CaseFormat {
  return {
    name,
    begin: () => '',
    signal: (signal) => write(signalSummary(signal)),
    alert: (alert) => write(alertSummary(alert)),
    incident: (incident) => write(incidentSummary(incident)),
    end: () => '',
  };
}
