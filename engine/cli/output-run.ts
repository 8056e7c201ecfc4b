import { nearest } from '../diagnostic/index.ts';
import type { Delivered, OutboxItem, RenderedDelivery } from '../runtime/index.ts';
import { openConfig } from './daemon-config.ts';
import { outputOf } from './daemon-outputs.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';
import { testItems } from './test-items.ts';

/** A receiver that needs longer is none for alerts. */
const DEADLINE_MS = 30_000;

/** Sends an output of the configuration a test, or shows it: 0 where it took all, 4 where it did not. */
export async function runOutputTest(
  terminal: Terminal,
  { name, config, dryRun }: { readonly name: string; readonly config: string; readonly dryRun: boolean },
): Promise<ExitCode> {
  const read = await openConfig(terminal, config);
  if (read.value === undefined) return refuse(terminal, read.diagnostics);
  const { outputs } = read.value;
  const found = outputs.find((one) => one.name === name);
  if (found === undefined) {
    const names = outputs.map((one) => one.name);
    const near = nearest(name, names);
    const hint = near === undefined ? `they are ${names.join(', ')}` : `did you mean '${near}'?`;
    return refuse(terminal, [refusal('TT8074', `the configuration has no output '${name}'`, hint)]);
  }
  const items = testItems().filter(
    ({ kind }) => !('format' in found && found.format === 'csv') || `${kind}s` === found.sees,
  );
  const output = outputOf(found, terminal);
  try {
    if (dryRun) return await print(terminal, rendered(output.render(items)));
    return await delivered(terminal, items, {
      name,
      results: await output.deliver(items, AbortSignal.timeout(DEADLINE_MS)),
    });
  } finally {
    await output.close();
  }
}

function rendered(deliveries: readonly RenderedDelivery[]): string {
  return deliveries
    .map(({ to, headers, body }) => {
      const head = [to, ...headers.map(([key, value]) => `${key}: ${value}`)].join('\n');
      return `${head}\n\n${new TextDecoder().decode(body)}\n`;
    })
    .join('\n');
}

async function delivered(
  terminal: Terminal,
  items: readonly OutboxItem[],
  { name, results }: { readonly name: string; readonly results: readonly Delivered[] },
): Promise<ExitCode> {
  const lines = results.map((result, i) => {
    const why = 'reason' in result ? `: ${result.reason}` : '';
    return `${name}: ${items[i]?.key ?? ''} ${result.kind}${why}\n`;
  });
  const printed = await print(terminal, lines.join(''));
  if (printed !== EXIT.clean) return printed;
  return results.every(({ kind }) => kind === 'done') ? EXIT.clean : EXIT.environment;
}
