import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import type { DaemonConfig } from '../runtime/index.ts';
import { openConfig } from './daemon-config.ts';
import { lookAtOutputs, lookAtPorts } from './doctor-network.ts';
import { lookAtFeeds, lookAtRules } from './doctor-rules.ts';
import { lookAtClock, lookAtDisk, lookAtPermissions, lookAtState } from './doctor-state.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { daemonRuns } from './offline-store.ts';
import { packageVersion } from './package-folder.ts';
import { print } from './print.ts';
import { refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** What the doctor looks at. */
export interface Patient {
  readonly config: DaemonConfig;
  /** The configuration's file; undefined where there is none. */
  readonly configPath: string | undefined;
  /** A daemon works in the state folder now. */
  readonly running: boolean;
}

/** What one look found. */
export interface Look {
  /** In words, where all is well too. */
  readonly detail: string;
  readonly findings: readonly Diagnostic[];
  /** Texts for excerpts. */
  readonly sourceOf?: (file: string) => string | undefined;
}

type Looking = (patient: Patient) => Promise<Look> | Look;

const LOOKS: Readonly<Record<string, Looking>> = {
  rules: lookAtRules,
  state: lookAtState,
  disk: lookAtDisk,
  clock: lookAtClock,
  permissions: lookAtPermissions,
  ports: lookAtPorts,
  outputs: lookAtOutputs,
  feeds: lookAtFeeds,
};

/** Looks at everything; 0 where all is well, 1 where there are warnings, else what the worst finding asks for: 2 rules, 3 configuration, 4 the outside. */
export async function runDoctor(
  terminal: Terminal,
  given: { readonly config?: string; readonly state?: string; readonly json: boolean },
): Promise<ExitCode> {
  const read = await openConfig(terminal, given.config);
  const shown: (Look & { readonly name: string })[] = [
    { name: 'versions', detail: `telltale ${packageVersion()}, Node.js ${process.version}`, findings: [] },
    { name: 'configuration', detail: given.config ?? 'none: the defaults hold', findings: read.diagnostics },
  ];
  if (read.value !== undefined) {
    const config = given.state === undefined ? read.value : { ...read.value, state: given.state };
    const running = await daemonRuns({ state: config.state });
    const patient = { config, configPath: given.config, running };
    for (const [name, look] of Object.entries(LOOKS)) shown.push({ name, ...(await look(patient)) });
  }
  const findings = shown.flatMap((one) => one.findings);
  const text = given.json
    ? `${JSON.stringify(
        shown.map(({ name, detail, findings: found }) => ({
          name,
          well: stateOf(found),
          detail,
          findings: found,
        })),
        undefined,
        2,
      )}\n`
    : shown.map((one) => `${line(one)}\n`).join('');
  const printed = await print(terminal, text);
  if (printed !== EXIT.clean) return printed;
  if (!given.json)
    for (const { findings: found, sourceOf } of shown)
      if (found.length > 0) refuse(terminal, found, sourceOf);
  if (hasErrors(findings)) return exitCodeFor(findings);
  return findings.some(({ severity }) => severity === 'warning') ? EXIT.findings : EXIT.clean;
}

function stateOf(findings: readonly Diagnostic[]): 'well' | 'warning' | 'error' {
  if (hasErrors(findings)) return 'error';
  return findings.some(({ severity }) => severity === 'warning') ? 'warning' : 'well';
}

function line({ name, detail, findings }: Look & { readonly name: string }): string {
  return visible(`${stateOf(findings).padEnd(7)}  ${name.padEnd(13)}  ${detail}`.replaceAll(/[\n\t]/g, ' '));
}
