import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** An operation of an OpenAPI document, as far as the contract test needs it. */
interface Operation {
  readonly operationId: string;
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** An OpenAPI document, as far as the contract test needs it. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What a route was asked with, and what it answered. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Asks every operation of a document, and says where an answer is not what the document says. `ask` is given the path with its parameters filled in. */
export async function contractFaults(
  document: OpenApiDocument,
  values: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ask: (method: string, path: string, operation: Operation) => Promise<Answer>,
): Promise<{ readonly faults: readonly string[]; readonly done: readonly string[] }> {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // A package of CommonJS: its function is a member of what is imported.
  (addFormats as unknown as { default: (one: Ajv2020) => void }).default(ajv);
  ajv.addSchema(document, 'api', undefined, false);
  const faults: string[] = [];
  const done: string[] = [];
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const kind = Object.keys(values).find((prefix) => path.startsWith(prefix)) ?? '';
      const asked = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[kind]?.[name] ?? 'nothing');
      const { status, type, text } = await ask(method.toUpperCase(), asked, operation);
      const where = `${method.toUpperCase()} ${path}`;
      const known = String(status) in operation.responses ? String(status) : 'default';
      if (known !== 'default') done.push(operation.operationId);
      const media = type.split(';')[0] ?? '';
      const content = operation.responses[known]?.content ?? {};
      if (!(media in content)) {
        faults.push(
          `${where}: ${status} ${media}, and the document knows ${Object.keys(content).join(', ')}`,
        );
        continue;
      }
      if (media !== 'application/json') continue;
      const steps = ['paths', path, method, 'responses', known, 'content', media, 'schema'];
      const pointer = steps
        .map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
        .map(encodeURIComponent)
        .join('/');
      const validate = ajv.compile({ $ref: `api#/${pointer}` });
      if (!validate(JSON.parse(text)))
        faults.push(`${where}: ${status} ${ajv.errorsText(validate.errors).slice(0, 400)}`);
    }
  }
  return { faults, done };
}
