import type { SignalFormat } from './signal-format.ts';
import { signalRecord } from './signal-record.ts';

/** One JSON array of all signals, one element a line; `[]` where there is none. */
export function jsonFormat(): SignalFormat {
  let first = true;
  return {
    name: 'json',
    begin: () => '[',
    signal: (signal) => {
      const lead = first ? '\n' : ',\n';
      first = false;
      return lead + JSON.stringify(signalRecord(signal));
    },
    end: () => (first ? ']\n' : '\n]\n'),
  };
}
