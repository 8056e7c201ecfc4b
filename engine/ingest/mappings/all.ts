import type { MappingDocument, VocabularyDocument } from '../mapping.ts';
import { CLOUDTRAIL } from './cloudtrail.ts';
import { WINDOWS } from './windows.ts';
import { WINDOWS_FLAT, WINDOWS_NESTED, WINDOWS_TABLE } from './windows-shapes.ts';

/** The tables that several mappings share. */
export const VOCABULARIES: readonly VocabularyDocument[] = [WINDOWS];

/** Our mappings in order of priority: the more particular one stands before the more general one. */
export const MAPPINGS: readonly MappingDocument[] = [WINDOWS_FLAT, WINDOWS_NESTED, CLOUDTRAIL, WINDOWS_TABLE];
