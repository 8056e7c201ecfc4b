import { Schemas } from '../../engine/ingest/index.ts';
import { Agreement, builtInSchemas, type Difference, withoutLogsource } from '../conformance/agreement.ts';
import {
  compilePublicSet,
  MORE_THAN_COUNTED,
  outcomeOf,
  publicRuleFiles,
  RULE_FOLDERS,
} from '../conformance/public-set.ts';
import { cloudtrail, linesOf, regressions, windowsHosts } from '../conformance/recordings.ts';
import { satisfying } from '../conformance/satisfying.ts';
import { publicRules } from '../language/public-rules.ts';
import type { BenchOptions } from './options.ts';
import { environment, say, writeReport } from './report.ts';

/** Of the records made from rules, one in so many is compared with all rules by the reference, which takes 20 ms for each. */
const MADE_EVERY = 8;
/** Differences written out in full. */
const SHOWN = 20;

interface Compared {
  readonly recording: string;
  readonly events: number;
  readonly pairs: number;
  readonly hits: number;
  readonly differences: number;
}

/** Conformance with the public rules: what loads, what fires, compiled against reference over every line of every recording. */
export async function benchSigma({ data, json }: BenchOptions): Promise<void> {
  const made = environment();
  say('loading and compiling');
  const folders = Object.fromEntries(
    [...RULE_FOLDERS, 'unsupported'].map((folder) => [folder, outcomeOf(publicRules(data, folder))]),
  );
  const all = outcomeOf(publicRuleFiles(data));
  const { ruleset } = compilePublicSet(data);
  const agreement = new Agreement(ruleset.detections, builtInSchemas());
  const compared: Compared[] = [];
  const differences: Difference[] = [];
  const compare = (recording: string, by: Agreement, work: () => void): void => {
    const before = { ...by.count, differences: by.differences.length };
    work();
    differences.push(...by.differences.slice(before.differences));
    const row = {
      recording,
      events: by.count.events - before.events,
      pairs: by.count.evaluated - before.evaluated,
      hits: by.count.hits - before.hits,
      differences: by.differences.length - before.differences,
    };
    say(`${recording}: ${row.events} events, ${row.hits} hits, ${row.differences} differences`);
    compared.push(row);
  };

  const recordings: { name: string; hits: number; wanted: number | undefined; fired: boolean }[] = [];
  compare('regression recordings', agreement, () => {
    for (const { name, ruleId, lines, matchCount } of regressions(data)) {
      const isIts = (position: number): boolean => agreement.rules[position]?.meta.id === ruleId;
      const hits = lines.filter((line) => agreement.check(line).some(isIts)).length;
      const wanted = MORE_THAN_COUNTED.get(ruleId) ?? matchCount;
      recordings.push({ name, hits, wanted, fired: wanted === undefined ? hits > 0 : hits === wanted });
    }
  });
  compare('cloudtrail', agreement, () => {
    for (const { bytes } of cloudtrail(data)) for (const line of linesOf(bytes)) agreement.check(line);
  });
  for (const { name, bytes } of windowsHosts(data)) {
    compare(name, agreement, () => {
      for (const line of linesOf(bytes)) agreement.check(line);
    });
  }

  const blind = new Agreement(withoutLogsource(ruleset.detections), new Schemas([], 'any'));
  let satisfied = 0;
  const silent: string[] = [];
  compare('records made from the rules, all rules looking', blind, () => {
    blind.rules.forEach((rule, position) => {
      const record = satisfying(rule);
      if (record === undefined) return;
      const line = new TextEncoder().encode(JSON.stringify(record));
      const hits = satisfied++ % MADE_EVERY === 0 ? blind.check(line) : blind.compiled(line);
      if (!hits.includes(position)) silent.push(rule.meta.title);
    });
  });

  const notFired = recordings.filter(({ fired }) => !fired);
  const path = writeReport('sigma', {
    json,
    result: {
      environment: made,
      files: all.files,
      compiled: all.compiled,
      refused: all.refused,
      folders,
      regression: {
        recordings: recordings.length,
        fired: recordings.length - notFired.length,
        not_fired: notFired,
      },
      made: { rules: blind.rules.length, satisfied, silent },
      compared,
      differences: differences.length,
      first_differences: differences.slice(0, SHOWN),
    },
    tables: [
      {
        title: 'Public Sigma rules',
        head: ['folder', 'files', 'compiled', 'refused', 'refused wrongly', 'lost'],
        rows: Object.entries({ ...folders, 'all but unsupported': all }).map(([folder, outcome]) => [
          folder,
          outcome.files,
          outcome.compiled,
          Object.entries(outcome.refused)
            .map(([code, count]) => `${code}: ${count}`)
            .join(', ') || '0',
          outcome.unjustified.length,
          outcome.silent.length,
        ]),
      },
      {
        title: 'Regression recordings',
        head: ['recordings', 'fired as they should', 'not'],
        rows: [
          [
            recordings.length,
            recordings.length - notFired.length,
            notFired
              .map(({ name, hits, wanted }) => `${name} (${hits}, not ${wanted ?? 'any'})`)
              .join(', ') || '0',
          ],
        ],
      },
      {
        title: 'Compiled detector against reference evaluator, from bytes and from parsed records',
        head: ['recording', 'events', 'pairs evaluated', 'hits', 'differences'],
        rows: compared.map((row) => [row.recording, row.events, row.pairs, row.hits, row.differences]),
        notes: [
          `${satisfied} of ${blind.rules.length} rules hold on a record made from them; of these ${silent.length} did not fire.`,
        ],
      },
    ],
  });
  say(`written to ${path}`);
  const wrong =
    differences.length + notFired.length + silent.length + all.unjustified.length + all.silent.length;
  if (wrong > 0) process.exitCode = 1;
}
