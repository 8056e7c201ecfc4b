import { readFile } from 'node:fs/promises';
import { readGeoFiles, readYamlFile } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { Enrichment } from '../intel/index.ts';
import {
  AssetInventory,
  type FactSource,
  GeoFacts,
  IdentityFacts,
  sourcesFromFacts,
} from '../policy/index.ts';
import { type EnrichConfig, readEnrichBlock } from '../runtime/index.ts';
import { assetsFromCsv, identitiesFromCsv } from './asset-table.ts';
import { isPlain } from './plain.ts';
import { refusal } from './refusal.ts';

/** What enriches events and cases, read. */
export interface OpenEnrichment {
  /** Undefined where nothing was asked for. */
  readonly enrichment: Enrichment | undefined;
  readonly sources: readonly FactSource[];
  readonly diagnostics: readonly Diagnostic[];
}

const NOTHING: OpenEnrichment = { enrichment: undefined, sources: [], diagnostics: [] };

/** Reads what the configuration names. Reports TT8033 for tables and what reading files reports; there is an enrichment only where nothing was. */
export async function openEnrichment(config: EnrichConfig | undefined): Promise<OpenEnrichment> {
  if (config === undefined) return NOTHING;
  const [assets, identities, geo] = await Promise.all([
    Promise.all(config.assets.map((path) => readTable(path, 'assets'))),
    Promise.all(config.identities.map((path) => readTable(path, 'identities'))),
    config.countries ? readGeoFiles(config.geo) : readGeoFiles(config.geo, null),
  ]);
  const diagnostics = [...assets, ...identities, geo].flatMap((one) => one.diagnostics);
  if (diagnostics.length > 0) return { ...NOTHING, diagnostics };
  const enrichment = new Enrichment({
    assets: assets.flatMap((one) => one.assets),
    identities: identities.flatMap((one) => one.identities),
    geo: geo.files,
  });
  const { parts } = enrichment;
  return {
    enrichment,
    sources: [
      ...(parts.assets.length === 0 ? [] : [new AssetInventory(parts.assets)]),
      ...(parts.identities.length === 0 ? [] : [new IdentityFacts(parts.identities)]),
      ...(parts.geo.length === 0 ? [] : [new GeoFacts(enrichment)]),
    ],
    diagnostics,
  };
}

/** The same from a file with an `enrich:` block: the daemon's configuration, or a file of its own. Reports also TT7010 and TT7011. */
export async function openEnrichFile(path: string | undefined): Promise<OpenEnrichment> {
  if (path === undefined) return NOTHING;
  const { documents, diagnostics } = await readYamlFile(path);
  const [document] = documents;
  if (document === undefined) return { ...NOTHING, diagnostics };
  const { value } = document;
  if (!isPlain(value) || !Object.hasOwn(value, 'enrich'))
    return {
      ...NOTHING,
      diagnostics: [
        refusal(
          'TT8033',
          `${path} has no enrich`,
          'write enrich: {assets: assets.csv}, or take the daemon’s configuration',
        ),
      ],
    };
  const read = readEnrichBlock(value, (way) => document.locate(way));
  return read.value === undefined
    ? { ...NOTHING, diagnostics: read.diagnostics }
    : openEnrichment(read.value);
}

/** Sources of facts together; of two with one name that of the enrichment stands, and is about what a facts file says too. */
export function withEnrichment(
  facts: readonly FactSource[],
  enriching: readonly FactSource[],
): readonly FactSource[] {
  return [
    ...enriching.map((source) => {
      const beside = facts.find(({ name }) => name === source.name);
      return beside === undefined ? source : both(source, beside);
    }),
    ...facts.filter(({ name }) => !enriching.some((source) => source.name === name)),
  ];
}

function both(first: FactSource, second: FactSource): FactSource {
  return {
    name: first.name,
    lookup: (question) => {
      const found = [first.lookup(question), second.lookup(question)];
      const joined = (answers: readonly unknown[]): unknown =>
        answers.flatMap((one): readonly unknown[] => (Array.isArray(one) ? one : []));
      return found.some((one) => one instanceof Promise) ? Promise.all(found).then(joined) : joined(found);
    },
  };
}

async function readTable(
  path: string,
  kind: 'assets' | 'identities',
): Promise<
  Pick<ReturnType<typeof sourcesFromFacts>, 'assets' | 'identities'> & {
    readonly diagnostics: readonly Diagnostic[];
  }
> {
  const nothing = { assets: [], identities: [] };
  const read = await contentOf(path, kind);
  if (read.diagnostics.length > 0) return { ...nothing, diagnostics: read.diagnostics };
  const { problems, assets, identities } = sourcesFromFacts(read.content);
  const none = kind === 'assets' ? assets.length === 0 : identities.length === 0;
  const wrong = none && problems.length === 0 ? [`it has no ${kind}`] : problems;
  return {
    assets: kind === 'assets' ? assets : [],
    identities: kind === 'identities' ? identities : [],
    diagnostics: wrong.map((problem) => refusal('TT8033', `${path}: ${problem}`)),
  };
}

async function contentOf(
  path: string,
  kind: 'assets' | 'identities',
): Promise<{ readonly content: unknown; readonly diagnostics: readonly Diagnostic[] }> {
  if (!/\.csv$/i.test(path)) {
    const { documents, diagnostics } = await readYamlFile(path);
    return { content: documents[0]?.value, diagnostics };
  }
  try {
    const text = await readFile(path, 'utf8');
    return { content: kind === 'assets' ? assetsFromCsv(text) : identitiesFromCsv(text), diagnostics: [] };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { content: undefined, diagnostics: [refusal('TT8033', `${path}: ${reason}`)] };
  }
}
