/** A JSON Schema as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** The dialect of all our schemas. */
export const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
