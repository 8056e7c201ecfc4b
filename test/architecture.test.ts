import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const ENGINE = join(ROOT, 'engine');

/** Packages and Node modules that a room may import besides lower rooms. Rooms not listed may import none. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  language: ['ajv', 'ajv-formats', 'ipaddr.js', 'js-yaml', 'yaml'],
  ingest: ['ajv'],
  baseline: ['simple-statistics'],
  intel: ['ipaddr.js', 'lru-cache'],
  policy: ['json-rules-engine', 'jsonpath-plus'],
  runtime: [
    'ajv',
    'node:buffer',
    'node:crypto',
    'node:os',
    'node:path',
    'node:perf_hooks',
    'node:process',
    'node:url',
    'node:util',
    'node:v8',
    'node:worker_threads',
  ],
  adapters: [
    '@hono/node-server',
    'chokidar',
    'cli-table3',
    'hono',
    'libsql',
    'lru-cache',
    'node-cron',
    'pino',
    'prom-client',
    'simple-statistics',
    'yaml',
    'node:child_process',
    'node:crypto',
    'node:dgram',
    'node:dns/promises',
    'node:events',
    'node:fs',
    'node:fs/promises',
    'node:http',
    'node:https',
    'node:module',
    'node:net',
    'node:os',
    'node:path',
    'node:stream',
    'node:timers/promises',
    'node:tls',
    'node:util',
    'node:zlib',
  ],
  console: ['@hono/node-server', 'ajv', 'hono', 'node:crypto', 'node:http', 'node:net'],
  cli: [
    'commander',
    'picocolors',
    'node:child_process',
    'node:crypto',
    'node:fs',
    'node:fs/promises',
    'node:os',
    'node:path',
    'node:perf_hooks',
    'node:process',
    'node:url',
  ],
};

/** Rooms below the shell: no Node modules, no Node globals, no clock, no randomness. */
const PURE_FLOOR_MAX = 4;
const FORBIDDEN_NAMES = ['util', 'utils', 'common', 'types', 'helpers', 'shared', 'misc', 'core'];
/** What only Node has, or what would make the same input give another output. */
const IMPURE = [
  'Buffer',
  'process',
  'require',
  '__dirname',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'console',
  'performance',
];

interface Import {
  readonly file: string;
  readonly line: number;
  readonly to: string;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** The floor table of the README: room → floor. */
function floors(): Map<string, number> {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const rows = [...text.matchAll(/^\|\s*(\d+)\s*\|\s*((?:`[a-z]+`[\s·]*)+)\|/gm)];
  return new Map(
    rows.flatMap(([, floor, rooms]) =>
      [...(rooms ?? '').matchAll(/`([a-z]+)`/g)].map(([, room]) => [room ?? '', Number(floor)] as const),
    ),
  );
}

const FLOORS = floors();
const FILES = filesUnder(ENGINE).map((path) => ({
  path,
  name: relative(ROOT, path).replaceAll('\\', '/'),
  room: relative(ENGINE, path).split(/[\\/]/)[0] ?? '',
  source: ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true),
}));

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

/** Every import of a file: static, re-exported, typed and dynamic. */
function importsOf(file: (typeof FILES)[number]): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, to: ts.Node | undefined): void => {
    if (to !== undefined && ts.isStringLiteralLike(to)) {
      found.push({ file: file.name, line: lineOf(file.source, node), to: to.text });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node, node.moduleSpecifier);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node, node.arguments[0]);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal);
    ts.forEachChild(node, visit);
  };
  visit(file.source);
  return found;
}

const IMPORTS = FILES.flatMap((file) =>
  importsOf(file).map((found) => ({ ...found, path: file.path, room: file.room })),
);

describe('the house', () => {
  test('the table of the README holds the rooms of the design', () => {
    expect(FLOORS.size).toBe(19);
    expect(FLOORS.get('diagnostic')).toBe(0);
    expect(FLOORS.get('cli')).toBe(9);
  });

  test('every folder of engine/ is a room of the table, and no file stands outside a room', () => {
    const entries = readdirSync(ENGINE);
    expect(entries.filter((name) => !FLOORS.has(name))).toEqual([]);
    expect(entries.filter((name) => !statSync(join(ENGINE, name)).isDirectory())).toEqual([]);
  });

  test('a room that holds code has an index.ts that opens by saying what the room is for', () => {
    const bad = [...new Set(FILES.map((f) => f.room))].filter((room) => {
      if (room === 'cli') return false; // the top: nobody imports it
      const index = join(ENGINE, room, 'index.ts');
      return !existsSync(index) || !/^\/\*\*\n \* (?:Floor|The )/.test(readFileSync(index, 'utf8'));
    });
    expect(bad).toEqual([]);
  });

  test('no folder or file is named after nothing in particular', () => {
    const bad = FILES.filter(({ name }) =>
      name.split('/').some((part) => FORBIDDEN_NAMES.includes(part.replace(/\.ts$/, ''))),
    );
    expect(bad.map((f) => f.name)).toEqual([]);
  });

  test('file names are kebab-case', () => {
    const bad = FILES.filter(
      ({ path }) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.generated)?\.ts$/.test(posix.basename(path)),
    );
    expect(bad.map((f) => f.name)).toEqual([]);
  });

  test('past 400 lines, the first line says why', () => {
    const long = FILES.filter(
      ({ path, source }) => !path.endsWith('.generated.ts') && source.getLineStarts().length > 401,
    );
    const bad = long.filter(({ source }) => !/^(?:\/\/|\/\*)/.test(source.text));
    expect(bad.map((f) => `${f.name}: ${f.source.getLineStarts().length} lines`)).toEqual([]);
  });
});

describe('imports', () => {
  test('a room imports lower floors only, and only through the index of the other room', () => {
    const bad: string[] = [];
    for (const { file, line, to, path, room } of IMPORTS) {
      if (!to.startsWith('.')) continue;
      const target = relative(ENGINE, resolve(dirname(path), to)).replaceAll('\\', '/');
      const other = target.split('/')[0] ?? '';
      if (target.startsWith('..')) bad.push(`${file}:${line}: ${to} lies outside engine/`);
      else if (other !== room) {
        const down = (FLOORS.get(other) ?? 99) < (FLOORS.get(room) ?? -1);
        if (!down) bad.push(`${file}:${line}: ${room} must not import ${other}`);
        if (target !== `${other}/index.ts`) bad.push(`${file}:${line}: ${to} bypasses ${other}/index.ts`);
      }
    }
    expect(bad).toEqual([]);
  });

  test("inside a room a file imports files, never the room's index", () => {
    const bad = IMPORTS.filter(
      ({ to, path, room }) =>
        to.startsWith('.') && resolve(dirname(path), to) === join(ENGINE, room, 'index.ts'),
    );
    expect(bad.map((i) => `${i.file}:${i.line}: ${i.to}`)).toEqual([]);
  });

  test('imports name the .ts file', () => {
    const bad = IMPORTS.filter(({ to }) => to.startsWith('.') && !to.endsWith('.ts'));
    expect(bad.map((i) => `${i.file}:${i.line}: ${i.to}`)).toEqual([]);
  });

  test('files of a room do not import each other in a circle', () => {
    // Types alone may refer to each other both ways: they leave no trace at run time.
    const edges = valueEdges();
    expect(edges.size).toBeGreaterThan(10);
    expect(circlesOf(edges)).toEqual([]);
  });

  test('packages and Node modules are those that the room may use', () => {
    const bad = IMPORTS.filter(({ to, room }) => {
      if (to.startsWith('.')) return false;
      const name = to.startsWith('node:')
        ? to
        : to
            .split('/')
            .slice(0, to.startsWith('@') ? 2 : 1)
            .join('/');
      return !(OUTSIDE[room] ?? []).includes(name);
    });
    expect(bad.map((i) => `${i.file}:${i.line}: ${i.room} must not import ${i.to}`)).toEqual([]);
  });

  test('Node modules are written with their prefix', () => {
    const bare = IMPORTS.filter(({ to }) =>
      ['fs', 'path', 'os', 'util', 'crypto', 'zlib', 'stream'].includes(to),
    );
    expect(bare.map((i) => `${i.file}:${i.line}`)).toEqual([]);
  });
});

describe('exports', () => {
  test('there is no export * and no default export', () => {
    const bad: string[] = [];
    for (const { name, source } of FILES) {
      for (const statement of source.statements) {
        const star = ts.isExportDeclaration(statement) && statement.exportClause === undefined;
        const assigned = ts.isExportAssignment(statement);
        const modifier =
          ts.canHaveModifiers(statement) &&
          (ts.getModifiers(statement) ?? []).some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
        if (star || assigned || modifier) bad.push(`${name}:${lineOf(source, statement)}`);
      }
    }
    expect(bad).toEqual([]);
  });

  test('every exported function and class has a doc comment', () => {
    const bad: string[] = [];
    for (const { name, path, source } of FILES) {
      if (path.endsWith('.generated.ts')) continue;
      for (const statement of source.statements) {
        if (!ts.isFunctionDeclaration(statement) && !ts.isClassDeclaration(statement)) continue;
        const exported = (ts.getModifiers(statement) ?? []).some(
          (m) => m.kind === ts.SyntaxKind.ExportKeyword,
        );
        if (exported && ts.getJSDocCommentsAndTags(statement).length === 0)
          bad.push(`${name}:${lineOf(source, statement)}: ${statement.name?.text}`);
      }
    }
    expect(bad).toEqual([]);
  });
});

describe('the pure core', () => {
  const pure = FILES.filter(({ room }) => (FLOORS.get(room) ?? 99) <= PURE_FLOOR_MAX);

  test('no Node global, no clock and no randomness is used on the floors up to the pipeline', () => {
    const bad: string[] = [];
    for (const { name, source } of pure) {
      const visit = (node: ts.Node): void => {
        if (ts.isIdentifier(node) && IMPURE.includes(node.text) && isFree(node)) {
          bad.push(`${name}:${lineOf(source, node)}: ${node.text}`);
        }
        if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
          const read = `${node.expression.text}.${node.name.text}`;
          if (read === 'Date.now' || read === 'Math.random')
            bad.push(`${name}:${lineOf(source, node)}: ${read}`);
        }
        if (
          ts.isNewExpression(node) &&
          node.expression.getText() === 'Date' &&
          (node.arguments?.length ?? 0) === 0
        ) {
          bad.push(`${name}:${lineOf(source, node)}: new Date()`);
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
    expect(bad).toEqual([]);
  });

  test('the library bundles for a browser, without Node modules', async () => {
    const built = await build({
      entryPoints: [join(ENGINE, 'pipeline', 'index.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      metafile: true,
      logLevel: 'silent',
    });
    expect(built.errors).toEqual([]);
    const text = built.outputFiles[0]?.text ?? '';
    expect(text.length).toBeGreaterThan(50_000);
    expect([...text.matchAll(/(?:from|import)\s*\(?\s*"(node:[a-z/_]+)"/g)].map(([, name]) => name)).toEqual(
      [],
    );
  });
});

/** Whether an identifier refers to a global: it is no member or key, and its file declares nothing of that name. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isPropertySignature(parent) || ts.isMethodSignature(parent) || ts.isMethodDeclaration(parent))
    return false;
  return !declaredIn(node.getSourceFile()).has(node.text);
}

const DECLARED = new WeakMap<ts.SourceFile, Set<string>>();

function declaredIn(source: ts.SourceFile): Set<string> {
  const known = DECLARED.get(source);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  DECLARED.set(source, names);
  return names;
}

/** Imports between files that remain at run time. */
function valueEdges(): Map<string, string[]> {
  const edges = new Map<string, string[]>();
  for (const { path, source } of FILES) {
    for (const statement of source.statements) {
      const declared = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
      if (
        !declared ||
        statement.moduleSpecifier === undefined ||
        !ts.isStringLiteral(statement.moduleSpecifier)
      )
        continue;
      const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
      if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) continue;
      if (ts.isExportDeclaration(statement) && statement.isTypeOnly) continue;
      const bindings = clause?.namedBindings;
      if (
        bindings !== undefined &&
        ts.isNamedImports(bindings) &&
        bindings.elements.every((e) => e.isTypeOnly)
      )
        continue;
      const to = statement.moduleSpecifier.text;
      if (to.startsWith('.')) edges.set(path, [...(edges.get(path) ?? []), resolve(dirname(path), to)]);
    }
  }
  return edges;
}

function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const enter = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      circles.push([...trail.slice(trail.indexOf(file)), file].map((f) => relative(ROOT, f)).join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) enter(next, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of edges.keys()) enter(file, []);
  return circles;
}
