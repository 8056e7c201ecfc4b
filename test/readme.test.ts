import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileRuleset, Engine } from '../engine/pipeline/index.ts';
import { MAIN, makeFolder, shell, telltale } from './support/command.ts';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const folder = makeFolder();
afterAll(() => folder.remove());

/** The fenced blocks of a language. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, body]) => body ?? '',
  );
}

const COMMANDS = blocks('sh')
  .flatMap((block) => block.trim().split('\n'))
  .flatMap((line) => line.split('&&').map((part) => part.trim()));

describe('the README', () => {
  test('its npm commands are scripts of the package', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const npm = COMMANDS.filter((command) => command.startsWith('npm '));
    expect(npm).toEqual(['npm ci', 'npm run build', 'npm test']);
    expect(scripts).toMatchObject({ build: expect.any(String), test: expect.any(String) });
  });

  const ours = COMMANDS.filter((command) => command.startsWith('npx telltale'));
  test('shows commands, the main job among them', () => {
    expect(ours).toContain('npx telltale scan examples/intrusion.ndjson');
    expect(ours.length).toBeGreaterThanOrEqual(6);
  });
  for (const command of ours) {
    test(`\`${command}\` works as shown`, async () => {
      // A daemon that has seen the sample has nothing more to say of it.
      rmSync(join(ROOT, 'telltale-state', 'sample'), { recursive: true, force: true });
      const { code, stdout } = await telltale(command.split(' ').slice(2), { cwd: ROOT });
      expect(code).toBe(0);
      expect(stdout).not.toBe('');
    });
  }

  // Those that speak to a running daemon stand in `bash` blocks; `test/e2e/api.test.ts` runs their like.
  for (const block of blocks('console')) {
    test(`what begins with \`${block.split('\n')[0]}\` works as shown, one line after the other`, async () => {
      const at = makeFolder();
      for (const name of ['examples', 'rules', 'correlations', 'baselines', 'scripts'])
        symlinkSync(join(ROOT, name), join(at.path, name));
      for (const line of block.trim().split('\n')) {
        const command = line.replace(/^npx telltale/, `"${process.execPath}" "${MAIN}"`);
        const { code, stderr } = await shell(command, { cwd: at.path });
        expect([line, code, code === 0 ? '' : stderr]).toEqual([line, 0, '']);
      }
      at.remove();
    });
  }

  test('its baseline loads without a finding', async () => {
    const baseline = blocks('yaml').find((block) => block.includes('\nbaseline:'));
    const at = makeFolder();
    writeFileSync(join(at.path, 'baseline.yml'), baseline ?? '');
    const { stdout } = await telltale(['check', 'baseline.yml'], { cwd: at.path });
    at.remove();
    expect(stdout).toContain('1 rule in 1 file');
    expect(stdout).not.toContain('error');
  });

  test('its rule checks clean and passes its own tests', async () => {
    const [rule] = blocks('yaml');
    const cwd = folder.path;
    mkdirSync(join(cwd, 'rules'));
    writeFileSync(join(cwd, 'rules', 'rule.yml'), rule ?? '');
    expect(await telltale(['check'], { cwd })).toMatchObject({
      code: 0,
      stdout: '1 rule in 1 file: no findings\n',
    });
    expect(await telltale(['test'], { cwd })).toMatchObject({
      code: 0,
      stdout: '1 rule in 1 file: 2 passed, 0 failed\n',
    });
  });

  test('its correlation loads over our rules and passes its own tests', async () => {
    const [, correlation] = blocks('yaml');
    const cwd = makeFolder();
    writeFileSync(join(cwd.path, 'correlation.yml'), correlation ?? '');
    const { code, stdout } = await telltale(
      ['test', join(ROOT, 'rules'), 'correlation.yml', '--filter', 'guessed_password'],
      { cwd: cwd.path },
    );
    cwd.remove();
    expect(stdout).toContain('2 passed, 0 failed');
    expect(code).toBe(0);
  });

  test('its library example is the interface', () => {
    const [code] = blocks('ts');
    expect(code).toContain('compileRuleset([{ path:');
    expect(code).toContain('new Engine(ruleset)');
    expect(code).toContain('engine.processRecord({');
    const text =
      'title: Failed logon\nlogsource: {product: windows, service: security}\ndetection:\n  s: {EventID: 4625}\n  condition: s\n';
    const { ruleset } = compileRuleset([{ path: 'rule.yml', text }]);
    expect(new Engine(ruleset).processRecord({ Channel: 'Security', EventID: 4625 })).toHaveLength(1);
  });

  test('its links within the repository lead somewhere', () => {
    const links = [...README.matchAll(/\]\(([^)#]+?)(?:#[^)]*)?\)/g)].map(([, to]) => to ?? '');
    const broken = links.filter((to) => {
      if (to.startsWith('http')) return false;
      try {
        readFileSync(join(ROOT, to));
        return false;
      } catch {
        return true;
      }
    });
    expect(broken).toEqual([]);
  });
});
