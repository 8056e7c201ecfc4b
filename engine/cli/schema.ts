import { Command } from 'commander';
import { nearest } from '../diagnostic/index.ts';
import type { CommandContext } from './command-context.ts';
import type { ExitCode } from './exit-code.ts';
import { refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `telltale schema [kind]`: the JSON Schema of a kind of document, for editors and for other programs. */
export function schemaCommand({ terminal, end }: CommandContext): Command {
  return new Command('schema')
    .description('print the JSON Schema (2020-12) of a kind of document; of any rule where no kind is given')
    .argument('[kind]', 'a kind; --list names them', 'rule')
    .option('--list', 'list the kinds')
    .action(async (kind: string, options: { list?: boolean }) => {
      end(await schema(terminal, kind, options));
    });
}

async function schema(
  terminal: Terminal,
  wanted: string,
  options: { readonly list?: boolean },
): Promise<ExitCode> {
  const [{ isSchemaKind, SCHEMA_KINDS, schemaText }, { print }] = await Promise.all([
    import('./schema-text.ts'),
    import('./print.ts'),
  ]);
  if (options.list) return print(terminal, `${SCHEMA_KINDS.join('\n')}\n`);
  if (isSchemaKind(wanted)) return print(terminal, schemaText(wanted));
  const near = nearest(wanted, SCHEMA_KINDS);
  const meant = near === undefined ? '' : `did you mean ${near}? `;
  return refuse(terminal, [
    refusal('TT8007', `there is no kind ${wanted}`, `${meant}kinds are ${SCHEMA_KINDS.join(', ')}`),
  ]);
}
