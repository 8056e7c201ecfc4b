import { join } from 'node:path';
import { FeedStore, isStale, systemClock } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { duration, eventTime, formatDuration } from '../model/index.ts';
import type { Look, Patient } from './doctor-run.ts';
import { countRules, noRules, openRules } from './rule-source.ts';

/** Looks whether the rules load. What `check` only remarks on is counted. */
export async function lookAtRules({ config }: Patient): Promise<Look> {
  const source = await openRules({ paths: config.rules, placeholders: config.placeholders });
  const rules = countRules(source.compiled.ruleset.loaded);
  const errors = [...source.refused, ...source.findings.filter(({ severity }) => severity === 'error')];
  const others = source.findings.length - (errors.length - source.refused.length);
  const remarks = others === 0 ? '' : `, ${others} remarks (telltale check tells them)`;
  const findings = rules === 0 && errors.length === 0 ? [noRules(config.rules)] : errors;
  return {
    detail: `${rules} documents in ${source.files.length} files${remarks}`,
    findings,
    sourceOf: source.sourceOf,
  };
}

/** Looks whether every fetched feed has a copy that is not too old. */
export async function lookAtFeeds({ config }: Patient): Promise<Look> {
  const { compiled } = await openRules({ paths: config.rules, placeholders: config.placeholders });
  const feeds = compiled.ruleset.feeds.filter(({ origin }) => origin.kind !== 'file');
  const store = new FeedStore(join(config.state, 'feeds'));
  const now = eventTime(systemClock.nowMicros());
  const findings: Diagnostic[] = [];
  for (const feed of feeds) {
    const note = await store.note(feed);
    const at = { file: feed.meta.source.file, line: feed.meta.source.line, column: 1 };
    const said = (message: string): Diagnostic => ({
      code: 'TT9041',
      severity: 'warning',
      message,
      at,
      hint: 'the daemon fetches it on its schedule; its log says why it did not',
    });
    if (note === undefined) findings.push(said(`feed ${feed.name} was never fetched`));
    else if (isStale(feed, note, { now, since: now })) {
      const age = formatDuration(duration(Math.floor((now - note.fetchedAt) / 1e6) * 1e6));
      findings.push(said(`feed ${feed.name} was last read ${age} ago`));
    }
  }
  return { detail: feeds.length === 0 ? 'none is fetched' : `${feeds.length} are fetched`, findings };
}
