import { ClientTrouble, stateFolder } from './api-client.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { print } from './print.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';
import { createToken, keptTokens, revokeToken } from './token-files.ts';

/** Which state folder is meant. */
interface FolderChoice {
  readonly state?: string;
  readonly config?: string;
}

/** Those who ask the API; what sends events is said in the configuration, because sources know their tokens from the start. */
const ROLES = ['reader', 'analyst', 'engineer', 'admin'] as const;

async function inFolder(
  terminal: Terminal,
  choice: FolderChoice,
  work: (folder: string) => Promise<ExitCode> | ExitCode,
): Promise<ExitCode> {
  try {
    return await work(await stateFolder(choice));
  } catch (error) {
    if (error instanceof ClientTrouble) return refuse(terminal, [error.finding]);
    throw error;
  }
}

/** `token create`: the token on standard output. */
export function runTokenCreate(
  terminal: Terminal,
  { name, role: given, ...choice }: FolderChoice & { readonly name: string; readonly role: string },
): Promise<ExitCode> {
  return inFolder(terminal, choice, (folder) => {
    const role = oneOf(given, ROLES, '--role');
    if (isDiagnostic(role)) return refuse(terminal, [role]);
    if (!/^[\w.@-]{1,64}$/.test(name))
      return refuse(terminal, [
        refusal('TT8003', 'this is no name', 'letters, digits, and . @ _ -, 64 at most'),
      ]);
    const token = createToken(folder, { name, role, now: new Date() });
    if (token === undefined)
      return refuse(terminal, [
        refusal('TT8003', `there is a token of ${name} already`, 'revoke it first, or take another name'),
      ]);
    terminal.say(`a token of the role ${role}; it is shown this once`);
    return print(terminal, `${token}\n`);
  });
}

/** `token list`. */
export function runTokenList(
  terminal: Terminal,
  { json, ...choice }: FolderChoice & { readonly json: boolean },
): Promise<ExitCode> {
  return inFolder(terminal, choice, (folder) => {
    const shown = keptTokens(folder).map(({ name, role, createdAt }) => ({ name, role, createdAt }));
    if (json) return print(terminal, `${JSON.stringify(shown, undefined, 2)}\n`);
    if (shown.length === 0) terminal.say('no tokens but the admin token of the state folder');
    const lines = shown.map(({ name, role, createdAt }) => `${name}  ${role}  since ${createdAt}`);
    return print(terminal, lines.map((line) => `${visible(line.replaceAll(/[\n\t]/g, ' '))}\n`).join(''));
  });
}

/** `token revoke`. */
export function runTokenRevoke(
  terminal: Terminal,
  { name, ...choice }: FolderChoice & { readonly name: string },
): Promise<ExitCode> {
  return inFolder(terminal, choice, (folder) => {
    if (!revokeToken(folder, name))
      return refuse(terminal, [
        refusal('TT8003', `there is no token of ${name}`, 'telltale token list shows them'),
      ]);
    terminal.say(`the token of ${name} is none any more`);
    return EXIT.clean;
  });
}
