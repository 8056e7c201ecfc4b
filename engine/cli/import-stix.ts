import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stixRules } from '../intel/index.ts';
import { writeDocuments } from '../language/index.ts';

/** What a bundle became. */
export interface ImportedBundle {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** What is said of each indicator that became no rule, and how many became some. */
  readonly said: readonly string[];
  readonly made: number;
  readonly refused: number;
}

/** Reads a bundle of STIX 2.1 and makes rules of its indicators. Throws where it cannot be read, or is no bundle. */
export async function importBundle(path: string, output: string): Promise<ImportedBundle> {
  const document: unknown = JSON.parse(await readFile(path, 'utf8'));
  const objects =
    typeof document === 'object' && document !== null && 'objects' in document ? document.objects : undefined;
  if (!Array.isArray(objects)) throw new Error('a bundle has a list "objects"');
  const files: { path: string; text: string }[] = [];
  const said: string[] = [];
  let refused = 0;
  for (const object of objects.filter(isRecord)) {
    if (object['type'] !== 'indicator') continue;
    const id = String(object['id']);
    const made = stixRules(object);
    if (made.kind === 'refused') {
      refused++;
      said.push(`${path}: ${id}: refused: ${made.reason}`);
      continue;
    }
    const name = `${id.replace(/[^0-9a-z-]/gi, '_').slice(0, 80)}.yml`;
    files.push({ path: join(output, name), text: `# from ${path}\n${writeDocuments(made.documents)}` });
  }
  return { files, said, made: files.length, refused };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
