import type { Alert, Incident, Signal } from '../model/index.ts';

/** One way to write what was found as text: what stands before the first, each one, and what stands after the last. */
export interface SignalFormat {
  readonly name: string;
  begin(): string;
  signal(signal: Signal): string;
  alert(alert: Alert): string;
  incident(incident: Incident): string;
  end(): string;
}
