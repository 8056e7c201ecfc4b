import { alertRecord, formatTime, incidentRecord, type Signal } from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';
import { signalRecord } from './signal-record.ts';

/** One JSON object a line: what other programs read. Written at the rate of signals, so the parts that repeat are made once a rule. */
export function ndjsonFormat(): SignalFormat {
  const rules = new WeakMap<object, { readonly head: string; readonly tags: string }>();
  const partsOf = (signal: Signal): { readonly head: string; readonly tags: string } => {
    const known = rules.get(signal.rule);
    if (known !== undefined) return known;
    const { rule, tags } = signalRecord(signal);
    const parts = { head: `"rule":${JSON.stringify(rule)}`, tags: `"tags":${JSON.stringify(tags)}` };
    rules.set(signal.rule, parts);
    return parts;
  };
  return {
    name: 'ndjson',
    begin: () => '',
    signal: (signal) => {
      if (signal.start !== signal.end || signal.values.size > 0 || signal.intel !== undefined)
        return `${JSON.stringify(signalRecord(signal))}\n`;
      const { head, tags } = partsOf(signal);
      const events = JSON.stringify(
        signal.evidence.map(({ file, line, id, time, timeNs }) => ({
          file,
          line,
          id,
          time: formatTime(time, timeNs),
        })),
      );
      const time = formatTime(signal.end, signal.endNs);
      return `{"kind":"signal","id":"${signal.id}",${head},"time":"${time}","score":${signal.score},${tags},"entities":${JSON.stringify(signal.entities)},"events":${events}}\n`;
    },
    alert: (alert) => `${JSON.stringify(alertRecord(alert))}\n`,
    incident: (incident) => `${JSON.stringify(incidentRecord(incident))}\n`,
    end: () => '',
  };
}
