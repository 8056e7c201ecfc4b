import { Command, CommanderError } from 'commander';
import { alertCommand } from './alert.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { baselineCommand } from './baseline.ts';
import { benchCommand } from './bench.ts';
import { checkCommand } from './check.ts';
import type { CommandContext } from './command-context.ts';
import { configCommand } from './config.ts';
import { coverageCommand } from './coverage.ts';
import { diffCommand } from './diff.ts';
import { dlqCommand } from './dlq.ts';
import { doctorCommand } from './doctor.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explainCommand } from './explain.ts';
import { explainCodeCommand } from './explain-code.ts';
import { exportCommand } from './export.ts';
import { fmtCommand } from './fmt.ts';
import { importCommand } from './import.ts';
import { incidentCommand } from './incident.ts';
import { incidentsCommand } from './incidents.ts';
import { initCommand } from './init.ts';
import { intelCommand } from './intel.ts';
import { newCommand } from './new.ts';
import { outputCommand } from './output.ts';
import { packageVersion } from './package-folder.ts';
import { poisonCommand } from './poison.ts';
import { policyCommand } from './policy.ts';
import { referenceCommand } from './reference.ts';
import { reloadCommand } from './reload.ts';
import { runCommand } from './run.ts';
import { scanCommand } from './scan.ts';
import { schemaCommand } from './schema.ts';
import { silenceCommand } from './silence.ts';
import { statusCommand } from './status.ts';
import { tailCommand } from './tail.ts';
import type { Terminal } from './terminal.ts';
import { testCommand } from './test.ts';
import { tokenCommand } from './token.ts';

/**
 * Runs one command line to its end and gives its exit code. Command files are light: a command imports the rooms it needs when
 * it runs, so that `--version` and `--help` load none of them.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.clean;
  const program = new Command('telltale')
    .description('Rules-as-code detection and correlation: Sigma and beyond, fast, testable and explainable.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', AFTER_HELP);
  const context: CommandContext = {
    terminal,
    end: (ended: ExitCode): void => {
      code = ended;
    },
  };
  for (const command of [
    checkCommand,
    scanCommand,
    runCommand,
    reloadCommand,
    statusCommand,
    tailCommand,
    alertCommand,
    silenceCommand,
    tokenCommand,
    dlqCommand,
    poisonCommand,
    outputCommand,
    configCommand,
    doctorCommand,
    backupCommand,
    restoreCommand,
    testCommand,
    explainCommand,
    baselineCommand,
    newCommand,
    initCommand,
    diffCommand,
    fmtCommand,
    coverageCommand,
    intelCommand,
    policyCommand,
    exportCommand,
    incidentCommand,
    incidentsCommand,
    referenceCommand,
    importCommand,
    schemaCommand,
    explainCodeCommand,
    benchCommand,
  ]) {
    program.addCommand(command(context));
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => void terminal.stdout.write(text), writeErr: terminal.draw })
      .showHelpAfterError('(--help explains)')
      .showSuggestionAfterError(true);
  }
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.clean : EXIT.usage;
    terminal.say(internalError(thrown));
    return EXIT.internal;
  }
}

const AFTER_HELP = `
Exit codes: 0 clean · 1 findings, failed tests · 2 a rule does not load · 3 usage or configuration ·
4 environment (disk, output) · 5 internal. Nothing found to do is not success.

  telltale check rules/
  telltale scan --rules rules/ events.ndjson
  telltale explain --rules rules/ --rule my_rule events.ndjson:12`;

/** What is said of a fault of ours. */
export function internalError(thrown: unknown): string {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return `telltale: internal error; please report it with the command line and this text:\n${text}`;
}
