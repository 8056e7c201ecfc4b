import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/daemon-process.ts';

/** A fault planted into a copy of the build: a harness that does not see it proves nothing. */
export interface Mutant {
  readonly name: string;
  /** Below dist/engine. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    name: 'answer before the spool has it',
    file: 'adapters/sources/spooled-source.js',
    from: 'await spool.append(given.bytes, given.records, now);',
    to: 'setTimeout(() => void spool.append(given.bytes, given.records, now).catch(() => undefined), 25);',
  },
  {
    name: 'positions are committed before the rest',
    file: 'adapters/store/store.js',
    from: 'commit(commit) {',
    to: `commit(commit) {
        this.#database.transaction(() => {
            for (const { source, partition, position } of commit.positions)
                if (position !== '') this.#putPosition.run(source, partition, position, checksum(source, partition, position));
        });
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);`,
  },
  {
    name: 'the last steps are forgotten at a restart',
    file: 'runtime/daemon/journal.js',
    from: 'for (const bytes of lost ? [] : journal)',
    to: 'for (const bytes of lost ? [] : journal.slice(0, -2))',
  },
  {
    name: 'the spool is not synced',
    file: 'adapters/store/spool.js',
    from: 'await this.#handle.datasync();',
    to: '',
  },
  {
    name: 'the spool is synced after the answer',
    file: 'adapters/store/spool.js',
    from: 'await this.#handle.datasync();',
    to: 'const handle = this.#handle; setTimeout(() => void handle.datasync().catch(() => undefined), 20);',
  },
  {
    name: 'what is to be tried again is taken for done',
    file: 'runtime/daemon/dispatcher.js',
    from: "outcome: 'retry', retryAt",
    to: "outcome: 'done', retryAt",
  },
  {
    name: 'a repeat has another key',
    file: 'adapters/outputs/webhook-output.js',
    from: "'webhook-id': item.key,",
    to: "'webhook-id': item.attempts === 0 ? item.key : `${item.key}:${item.attempts}`,",
  },
  {
    name: 'dead letters are not kept',
    file: 'adapters/store/outbox-store.js',
    from: 'this.#bury.run(reason',
    to: 'void (reason',
  },
  {
    name: 'redirects are taken for success',
    file: 'adapters/outputs/http-sender.js',
    from: 'status >= 200 && status < 300',
    to: 'status >= 200 && status < 400',
  },
  {
    name: 'one output waits for the others',
    file: 'runtime/daemon/dispatcher.js',
    from: 'const results = await this.#deliver(items, stop);',
    to: `const before = globalThis.turn;
        const { promise, done } = (() => { let done; const promise = new Promise((resolve) => { done = resolve; }); return { promise, done }; })();
        globalThis.turn = promise;
        await before;
        const results = await this.#deliver(items, stop);
        done();`,
  },
];

/** Copies the build, with one fault in it; gives the command. */
export function planted(name: string, folder: string): string {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
  const root = join(folder, 'mutant');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(root, 'package.json'));
  cpSync(join(REPOSITORY, 'dist', 'engine'), join(root, 'dist', 'engine'), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  const path = join(root, 'dist', 'engine', mutant.file);
  const text = readFileSync(path, 'utf8');
  const parts = text.split(mutant.from);
  if (parts.length !== 2) throw new Error(`${mutant.file} holds ${parts.length - 1} times: ${mutant.from}`);
  writeFileSync(path, parts.join(mutant.to));
  return join(root, 'dist', 'engine', 'cli', 'main.js');
}
