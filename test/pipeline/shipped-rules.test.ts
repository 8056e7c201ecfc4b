import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { loadRules, type RuleFile } from '../../engine/language/index.ts';
import { type DetectionRule, formatTime, type Signal } from '../../engine/model/index.ts';
import { compileRuleset, Engine, runRuleTests } from '../../engine/pipeline/index.ts';
import { makeFolder } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const RULES = join(ROOT, 'rules');
const SAMPLE = join(ROOT, 'examples', 'intrusion.ndjson');

/** The tactics of ATT&CK 17, which the rules' tags name. */
const TACTICS = new Set(
  [
    ['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence'],
    ['privilege-escalation', 'defense-evasion', 'credential-access', 'discovery', 'lateral-movement'],
    ['collection', 'command-and-control', 'exfiltration', 'impact'],
  ].flat(),
);

function shippedFiles(): RuleFile[] {
  return readdirSync(RULES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yml'))
    .sort()
    .map((path) => ({ path: join(RULES, path), text: readFileSync(join(RULES, path), 'utf8') }));
}

const files = shippedFiles();
const { rules, diagnostics } = loadRules(files);
const detections = rules.detections;

/** What is wrong with a rule by our own conventions, each as one sentence. */
const CONVENTIONS: readonly { readonly name: string; readonly broken: (rule: DetectionRule) => boolean }[] = [
  {
    name: 'the file is named after the rule',
    broken: ({ meta }) => basename(meta.source.file) !== `${meta.name}.yml`,
  },
  {
    name: 'the id is a random UUID',
    broken: ({ meta }) =>
      !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(meta.id),
  },
  {
    name: 'there is a tactic, a technique, and no tactic that ATT&CK does not know',
    broken: ({ meta }) => {
      const attack = meta.tags.filter((tag) => tag.startsWith('attack.')).map((tag) => tag.slice(7));
      const techniques = attack.filter((tag) => /^t\d{4}(?:\.\d{3})?$/.test(tag));
      const tactics = attack.filter((tag) => !techniques.includes(tag));
      return (
        techniques.length === 0 || tactics.length === 0 || !tactics.every((tactic) => TACTICS.has(tactic))
      );
    },
  },
  {
    name: 'entities, steps of remediation, references and a description are given',
    broken: ({ meta }) =>
      [meta.entities, meta.remediation, meta.references].some((list) => list.length === 0) ||
      (meta.description ?? '').length < 40,
  },
  {
    name: 'a context rule is rarely right alone, a high one mostly',
    broken: ({ meta }) =>
      (meta.level === 'informational' && meta.confidence > 0.2) ||
      (meta.level === 'critical' && meta.confidence < 0.5),
  },
  {
    name: 'tests show a hit and a near miss',
    broken: ({ tests }) =>
      !tests.some(({ expect }) => expect.signals !== 0) || !tests.some(({ expect }) => expect.signals === 0),
  },
  {
    name: 'a step of remediation names only fields that the rule, its entities or its tests know',
    broken: (rule) => {
      const text = files.find(({ path }) => path === rule.meta.source.file)?.text ?? '';
      const rest = text.replace(/^remediation:\n(?: +.*\n)+/m, '');
      const named = rule.meta.remediation.flatMap((step) =>
        [...step.matchAll(/\{\{\s*([^}]+?)\s*\}\}/g)].map(([, field]) => field ?? ''),
      );
      return named.some((field) => field.split('.').some((part) => !rest.includes(part)));
    },
  },
];

describe('the rules that are shipped', () => {
  test('load without a single finding', () => {
    expect(
      diagnostics.map(({ code, message, at }) => `${relative(ROOT, at?.file ?? '')}: ${code} ${message}`),
    ).toEqual([]);
  });

  test('are many, and none stands alone with a name of another', () => {
    const names = detections.map(({ meta }) => meta.name);
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test.each(CONVENTIONS)('$name', ({ broken }) => {
    expect(detections.filter(broken).map(({ meta }) => relative(ROOT, meta.source.file))).toEqual([]);
  });
});

describe('the tests that stand in the shipped rules', () => {
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('the built-in mappings do not link');
  const report = runRuleTests(compileRuleset(files).ruleset, { schemas, coverage: true });

  test('pass, all of them', () => {
    expect(report.results.length).toBeGreaterThan(2 * detections.length);
    expect(
      report.results.flatMap(({ rule, test, failures }) =>
        failures.map((failure) => `${rule.meta.name}: ${test.name}\n${failure}`),
      ),
    ).toEqual([]);
  });

  test('see each selection of the rules for hosts hold', () => {
    const hosts = /^rules\/(?:windows|linux|macos)\//;
    const covered = [...report.coverage.values()].filter(({ rule }) =>
      hosts.test(relative(ROOT, rule.meta.source.file)),
    );
    expect(covered.length).toBeGreaterThan(100);
    expect(
      covered.flatMap(({ rule, selections, held }) =>
        selections.filter((name) => !held.has(name)).map((name) => `${rule.meta.name}: ${name}`),
      ),
    ).toEqual([]);
  });
});

/** Rules that the recording has to wake, in the order of the attack; others may fire in between. */
const STORY = [
  'program_downloaded_from_internet',
  'office_spawns_interpreter',
  'amsi_bypass_script',
  'library_run_from_user_folder',
  'system_tool_connects_out',
  'run_key_suspicious_value',
  'scheduled_task_created_for_interpreter',
  'account_discovery_command',
  'domain_trust_discovery',
  'uac_bypass_auto_elevation',
  'defender_weakened_by_command',
  'lsass_dump_by_command',
  'logon_with_explicit_credentials',
  'service_installed_suspicious',
  'archive_with_password',
  'cloud_copy_tool',
  'auditd_reverse_shell_arguments',
  'aws_access_key_created_for_another_user',
  'event_log_cleared_by_command',
  'security_log_cleared',
  'shadow_copies_deleted',
  'ransom_note_written',
];

describe('the recording that is shipped', () => {
  const lines = readFileSync(SAMPLE, 'utf8').trimEnd().split('\n');
  const engine = new Engine(compileRuleset(files).ruleset);
  const signals: Signal[] = [];
  const unknown: string[] = [];
  for (const [index, line] of lines.entries()) {
    signals.push(...engine.processRecord(JSON.parse(line), { file: SAMPLE, line: index + 1 }, line));
    if (engine.lastSchema === 'unknown') unknown.push(line);
  }

  test('is what its generator writes', () => {
    const folder = makeFolder();
    try {
      const fresh = join(folder.path, 'fresh.ndjson');
      execFileSync(process.execPath, ['scripts/make-sample.mjs', fresh], { cwd: ROOT, stdio: 'ignore' });
      expect(readFileSync(fresh, 'utf8') === readFileSync(SAMPLE, 'utf8')).toBe(true);
    } finally {
      folder.remove();
    }
  });

  test('holds no record of an unknown shape', () => {
    expect(unknown).toEqual([]);
  });

  test('tells the attack in its order', () => {
    const names = signals.map(({ rule }) => rule.name);
    expect(STORY.filter((name) => !names.includes(name))).toEqual([]);
    const order = STORY.map((name) => names.indexOf(name));
    expect([...order].sort((a, b) => a - b)).toEqual(order);
  });

  test('wakes nothing but context outside of the attack', () => {
    const loud = signals.filter(({ rule }) => rule.level !== 'informational');
    const early = loud.filter(({ start }) => formatTime(start) < '2026-11-24T08:07');
    const hosts = new Set(
      loud.flatMap(({ entities }) =>
        entities.filter(({ type }) => type === 'host').map(({ value }) => value),
      ),
    );
    expect(early).toEqual([]);
    expect([...hosts].sort()).toEqual(['fs01.corp.example', 'web01', 'ws01.corp.example']);
  });
});
