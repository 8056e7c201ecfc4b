import type { Logsource } from '../../model/index.ts';
import { isPlainMap, ownValue } from '../document.ts';

/** The logsource of a document, in lower case as Sigma writes it; what is not a text is left out. */
export function readLogsource(value: unknown): Logsource {
  if (!isPlainMap(value)) return {};
  const logsource: { product?: string; category?: string; service?: string } = {};
  for (const key of ['product', 'category', 'service'] as const) {
    const text = ownValue(value, key);
    if (typeof text === 'string' && text.trim() !== '') logsource[key] = text.trim().toLowerCase();
  }
  return logsource;
}

/** Whether the logsource names nothing, so that every event fits it. */
export function isOpenLogsource(logsource: Logsource): boolean {
  return (
    logsource.product === undefined && logsource.category === undefined && logsource.service === undefined
  );
}
