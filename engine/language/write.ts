import { stringify } from 'yaml';

/** Documents of plain data as the text of one YAML file, behind each other, long texts on one line. */
export function writeDocuments(documents: readonly Readonly<Record<string, unknown>>[]): string {
  return documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
}
