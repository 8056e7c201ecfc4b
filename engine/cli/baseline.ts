import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { logsourceOption, parseLogsource } from './logsource-option.ts';
import { isDiagnostic, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

interface Options {
  readonly rules: readonly string[];
  readonly rule?: string;
  readonly learned: string;
  readonly until?: string;
  readonly logsource: string;
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly enrich?: string;
  readonly pseudonyms?: string;
  readonly entity?: string;
  readonly against?: string;
  readonly out: string;
}

/** `telltale baseline …`: learn what is normal, look at it, compare it, prove it, and make rules of it. */
export function baselineCommand({ terminal, end }: CommandContext): Command {
  const group = new Command('baseline').description(
    'learn what is normal for each entity, as files to review; look at it, compare it, make rules of it',
  );
  const act = (
    command: Command,
    run: (
      module: typeof import('./baseline-run.ts'),
      inputs: string[],
      options: Options,
    ) => Promise<Parameters<typeof end>[0]>,
  ): void => {
    command.action(async (...given: unknown[]) => {
      const options = command.opts<Options>();
      const inputs = given
        .filter((one) => typeof one === 'string' || Array.isArray(one))
        .flat()
        .map(String);
      end(await run(await import('./baseline-run.ts'), inputs, options));
    });
    group.addCommand(command);
  };
  const settings = (
    inputs: string[],
    options: Options,
  ): Parameters<typeof import('./baseline-run.ts').runLearn>[1] | number => {
    const logsource = parseLogsource(options.logsource);
    if (isDiagnostic(logsource)) return refuse(terminal, [logsource]);
    return {
      inputs,
      rules: options.rules,
      rule: options.rule,
      learned: options.learned,
      until: options.until,
      logsource,
      mappings: options.mapping,
      placeholders: options.placeholders,
      enrich: options.enrich,
      pseudonyms: options.pseudonyms,
      entity: options.entity,
      against: options.against,
      out: options.out,
    };
  };
  const withEvents = (name: string, about: string): Command =>
    common(
      new Command(name).description(about).argument('<events...>', 'files, folders, - for standard input'),
    )
      .option('--until <time>', 'learn from events before this time only, e.g. 2026-02-01')
      .addOption(logsourceOption())
      .option(
        '--mapping <file>',
        'a mapping for events of your own schema; may be given several times',
        collect,
        [],
      )
      .option('--placeholders <path>', 'value lists for %name%', collect, [])
      .option(
        '--enrich <file>',
        'what is known of addresses, assets and people: the daemon’s configuration, or another file with `enrich:`',
      )
      .option(
        '--pseudonyms <variable>',
        'write entity names as pseudonyms, keyed by this environment variable',
      );
  type Run = typeof import('./baseline-run.ts');
  const run =
    (pick: (module: Run) => Run['runLearn']) =>
    async (module: Run, inputs: string[], options: Options): Promise<Parameters<typeof end>[0]> => {
      const read = settings(inputs, {
        ...options,
        logsource: options.logsource ?? 'any',
        mapping: options.mapping ?? [],
        placeholders: options.placeholders ?? [],
      });
      return typeof read === 'number' ? (read as Parameters<typeof end>[0]) : pick(module)(terminal, read);
    };
  act(
    withEvents('learn', 'learn from a recording, and write what is normal'),
    run((m) => m.runLearn),
  );
  act(
    withEvents('verify', 'learn again and compare digests: 1 where they differ'),
    run((m) => m.runVerify),
  );
  act(
    withEvents('explain', 'judge a recording by what was learnt, and say why in full')
      .option('--entity <name>', 'of one entity only')
      .option('--against <folder>', 'what another version of the learnt files would have said'),
    run((m) => m.runExplainBaseline),
  );
  act(
    withEvents(
      'propose',
      'write ordinary rules with thresholds that keep the budget, measured on a recording',
    ).option('--out <folder>', 'where the rules go; hand edits there are kept', 'baselines/proposed'),
    run((m) => m.runPropose),
  );
  act(
    common(new Command('show').description('what is known, by entity')).option(
      '--entity <name>',
      'of one entity only',
    ),
    run((m) => m.runShow),
  );
  act(
    common(
      new Command('diff')
        .description('what changed between two versions of the learnt files, in words')
        .argument('<before>', 'the folder with the earlier version')
        .argument('<after>', 'the folder with the later version'),
    ),
    run((m) => m.runDiff),
  );
  act(
    new Command('promote')
      .description('move rules on: from shadow to live; else from experimental to test to stable')
      .argument('<files...>', 'rule files of any kind'),
    async (module, inputs) => module.runPromote(terminal, inputs),
  );
  act(
    common(
      new Command('forget')
        .description('take entities out of what was learnt')
        .argument('<entities...>', 'names as `show` gives them'),
    ),
    run((m) => m.runForget),
  );
  return group;
}

function common(command: Command): Command {
  return command
    .option(
      '--rules <path>',
      'rule file or folder; may be given several times (default: our own baselines)',
      collect,
      [],
    )
    .option('--rule <rule>', 'id or name of the one baseline meant (default: all)')
    .option('--learned <folder>', 'where what was learnt stands, a folder a rule', 'baselines/learned');
}
