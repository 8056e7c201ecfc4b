/** The thread in which the daemon examines changed rules: reading, compiling and trying them there holds up nothing. */
import { systemClock } from '../adapters/index.ts';
import type { RuleCache } from '../language/index.ts';
import { nativeDigest, serveExaminations } from '../runtime/index.ts';
import { examinerPorts, settled } from './rule-examination.ts';

/** What texts were read as, for as long as the thread lives: most files are the same at every look. */
const known = new Map<string, unknown>();
/** Beyond so many texts it begins anew. */
const KNOWN_MAX = 50_000;
const cache: RuleCache = {
  get: (text) => known.get(nativeDigest(text)),
  set: (text, value) => {
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(nativeDigest(text), value);
  },
};

serveExaminations(({ rules, placeholders, settleMs }) => {
  const ports = examinerPorts({ rules, placeholders }, cache);
  return { ...ports, read: settled(ports.read, () => systemClock.sleep(settleMs)) };
});
