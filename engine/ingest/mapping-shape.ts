import { ENTITY_ROLES, ENTITY_TYPES, LEVELS } from '../model/index.ts';
import { DERIVATIONS } from './derive.ts';

/** What a part of a mapping document may be: read by the checker and printed as JSON Schema. */
export type Shape =
  /** A text; with `scalar`, numbers and booleans are taken as their text (YAML reads `4688` as a number). */
  | {
      readonly kind: 'text';
      readonly scalar?: true;
      readonly pattern?: RegExp;
      readonly says?: string;
      readonly values?: readonly string[];
    }
  | { readonly kind: 'true' }
  | { readonly kind: 'list'; readonly of: Shape; readonly min?: number }
  /** An object with keys of the author's choice. */
  | { readonly kind: 'table'; readonly of: Shape }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, Member>> };

/** A member of an object whose keys are fixed. */
export interface Member {
  readonly shape: Shape;
  readonly required?: true;
  readonly description: string;
}

const TEXT: Shape = { kind: 'text' };
const SCALAR: Shape = { kind: 'text', scalar: true };
const PATHS: Shape = { kind: 'list', of: TEXT, min: 1 };
const SCALARS: Shape = { kind: 'list', of: SCALAR, min: 1 };
const FIELDS: Shape = { kind: 'table', of: PATHS };
const NAME: Shape = {
  kind: 'text',
  pattern: /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/,
  says: 'lower-case words joined by - or _',
};
const TEMPLATE: Shape = {
  kind: 'text',
  pattern: /\{(?:camel|pascal)?\}/,
  says: 'a path with {}, {camel} or {pascal} where the name goes',
};

/** Products and services of the public rules also hold dots (`gcp.audit`). */
const LOGSOURCE_PART: Shape = {
  kind: 'text',
  pattern: /^[a-z0-9][a-z0-9._-]*$/,
  says: 'lower-case letters, digits, dots, - and _',
};

const LOGSOURCE: Shape = {
  kind: 'object',
  members: {
    products: { shape: { kind: 'list', of: LOGSOURCE_PART }, description: 'Sigma products.' },
    categories: { shape: { kind: 'list', of: LOGSOURCE_PART }, description: 'Sigma categories.' },
    services: { shape: { kind: 'list', of: LOGSOURCE_PART }, description: 'Sigma services.' },
  },
};

const ENTITIES: Shape = {
  kind: 'list',
  of: {
    kind: 'object',
    members: {
      type: { shape: { kind: 'text', values: ENTITY_TYPES }, required: true, description: 'What it is.' },
      role: {
        shape: { kind: 'text', values: ENTITY_ROLES },
        required: true,
        description: 'The part it plays.',
      },
      fields: {
        shape: PATHS,
        required: true,
        description: 'Sigma fields or raw paths; each present one names an entity.',
      },
    },
  },
};

const CLAUSE: Shape = {
  kind: 'object',
  members: {
    path: {
      shape: TEXT,
      required: true,
      description: 'Dotted path into the record. Alone, it must be there and not null.',
    },
    absent: { shape: { kind: 'true' }, description: 'The path must be absent or null.' },
    is: {
      shape: { kind: 'text', values: ['object', 'array', 'scalar'] },
      description: 'The kind of the value.',
    },
    equals: { shape: SCALARS, description: 'The text is one of these, case included.' },
    startswith: { shape: SCALARS, description: 'The text begins with one of these.' },
    endswith: { shape: SCALARS, description: 'The text ends with one of these.' },
    decoded: {
      shape: SCALARS,
      description: 'The text is base64, and what it stands for holds one of these.',
    },
  },
};

const TEMPLATE_OF_TEXT: Shape = {
  kind: 'object',
  members: {
    text: {
      shape: TEXT,
      required: true,
      description: 'The message, names in braces: Failed {method} for {user}; {} for what does not matter.',
    },
    from: {
      shape: { kind: 'text', values: ['left', 'right'] },
      description: 'From which side the parts between are looked for; left where left out.',
    },
    set: {
      shape: { kind: 'table', of: TEXT },
      description: 'Members that an event with this message has besides.',
    },
  },
};

const LIFT: Shape = {
  kind: 'object',
  members: {
    kind: {
      shape: {
        kind: 'text',
        values: ['pairs', 'children', 'json', 'join', 'text', 'derive', 'group', 'numbered'],
      },
      required: true,
      description:
        'pairs: a list of names and values; children: the members of each object below; json: a text of JSON; join: a list as one text; text: a message by templates; derive: something worked out of a text; group: the elements of a list by what they say they are, in lower case; numbered: members whose names end in 1, 2, 3 and so on, as one list.',
    },
    from: { shape: TEXT, required: true, description: 'Path of the part that is moved.' },
    is: { shape: { kind: 'text', values: ['array'] }, description: 'Only where it is a list.' },
    into: { shape: TEXT, description: 'Where its members go; the record itself where left out.' },
    also: {
      shape: TEXT,
      description:
        'For join: path of the text that comes second, where the first is no list. For derive: path of the second text that registry_path and registry_details work on.',
    },
    encoding: {
      shape: { kind: 'text', values: ['base64', 'json'] },
      description:
        'For json: base64 where the text is wrapped in it. For pairs: json where a value is a text of JSON itself, quotes and all.',
    },
    templates: {
      shape: { kind: 'list', of: TEMPLATE_OF_TEXT },
      description: 'For text: messages, the first that fits counts.',
    },
    what: {
      shape: { kind: 'text', values: [...DERIVATIONS] },
      description: 'For derive: what is worked out.',
    },
    as: {
      shape: TEXT,
      description: 'For join, numbered, derive, and for lists in json: the name of the member.',
    },
    name: { shape: PATHS, description: 'For pairs and group: paths of the name within an element.' },
    value: { shape: PATHS, description: 'For pairs: paths of the value within an element.' },
  },
};

const DISCRIMINATOR: Shape = {
  kind: 'object',
  members: {
    name: { shape: NAME, required: true, description: 'How classes refer to it.' },
    paths: {
      shape: PATHS,
      required: true,
      description: 'Tried in order; the first present one gives the value. It must have few distinct values.',
    },
    field: { shape: TEXT, description: 'The Sigma field that reads the very same paths.' },
    values: { shape: SCALARS, description: 'Where given, other texts count as none.' },
  },
};

const LEVEL: Shape = { kind: 'text', values: LEVELS };

const ALERT: Shape = {
  kind: 'object',
  members: {
    product: {
      shape: NAME,
      description: "What the ids of its rules begin with; the mapping's id otherwise.",
    },
    name: {
      shape: PATHS,
      required: true,
      description: 'Raw paths of what the product calls the finding; a record without one is no alert.',
    },
    id: { shape: PATHS, description: "Raw paths of a stable id of the product's own rule." },
    severity: {
      shape: {
        kind: 'object',
        members: {
          paths: { shape: PATHS, required: true, description: 'Raw paths of the severity.' },
          levels: {
            shape: { kind: 'table', of: LEVEL },
            description: "Level by the severity's text, without case.",
          },
          from: {
            shape: { kind: 'table', of: SCALAR },
            description: 'By level: the least number that has it, such as high: 7.',
          },
        },
      },
      description: 'How severities become levels.',
    },
    level: { shape: LEVEL, description: 'The level where no severity can be read; medium otherwise.' },
    confidence: { shape: PATHS, description: 'Raw paths of a confidence, 0–1 or 0–100.' },
    tags: { shape: PATHS, description: 'Raw paths of tags, tactics and techniques.' },
    group: {
      shape: PATHS,
      description: 'Raw paths of what tells one alert from another; entities do otherwise.',
    },
  },
};

const CSV: Shape = {
  kind: 'object',
  members: {
    columns: {
      shape: { kind: 'list', of: TEXT, min: 1 },
      required: true,
      description:
        'The columns that are read. A file whose header has them all is such a table; its other columns are never read.',
    },
    delimiter: {
      shape: { kind: 'text', pattern: /^[^"\r\n]$/, says: 'one character' },
      description: 'What parts the cells; a comma otherwise.',
    },
  },
};

const CLASS: Shape = {
  kind: 'object',
  members: {
    when: {
      shape: { kind: 'table', of: SCALARS },
      required: true,
      description: 'Values by discriminator, without case; * at an end matches any rest, - alone absence.',
    },
    logsource: { shape: LOGSOURCE, description: "Added to the mapping's own; products replace them." },
    fields: { shape: FIELDS, description: 'Sigma field → names, before those of the mapping.' },
    entities: { shape: ENTITIES, description: 'Entities of these events.' },
    alert: { shape: ALERT, description: 'These events are alerts of another product.' },
    constants: {
      shape: { kind: 'table', of: SCALAR },
      description: 'Fields that every such event leaves unsaid.',
    },
  },
};

/** The shape of a mapping document. */
export const MAPPING_SHAPE: Shape = {
  kind: 'object',
  members: {
    mapping: {
      shape: NAME,
      required: true,
      description: 'The id of the schema. One of ours is replaced by yours.',
    },
    title: { shape: TEXT, required: true, description: 'What the records are, in a few words.' },
    vocabulary: { shape: TEXT, description: 'A shared table of classes and names, such as windows.' },
    detect: {
      shape: { kind: 'list', of: { kind: 'list', of: CLAUSE, min: 1 }, min: 1 },
      required: true,
      description: 'How a record is recognised: any of the groups, within a group all of the clauses.',
    },
    lift: {
      shape: { kind: 'list', of: LIFT },
      description: 'Parts to move to where dotted paths reach them.',
    },
    discriminators: {
      shape: { kind: 'list', of: DISCRIMINATOR },
      description: 'What tells kinds of events apart.',
    },
    logsource: { shape: LOGSOURCE, description: 'Sigma logsource of every such event.' },
    lookup: {
      shape: { kind: 'list', of: TEMPLATE, min: 1 },
      description: 'Paths to try for a name; {} alone where left out.',
    },
    paths: { shape: FIELDS, description: 'Raw paths of a name, instead of lookup.' },
    fields: { shape: FIELDS, description: 'Sigma field → names of the record.' },
    classes: {
      shape: { kind: 'list', of: CLASS },
      description: 'What holds for some kinds only; all that apply are merged.',
    },
    time: {
      shape: { kind: 'list', of: TEXT },
      required: true,
      description: 'Paths of the event time, best first.',
    },
    id: { shape: { kind: 'list', of: TEXT }, description: 'Paths of an id that is unique to the record.' },
    entities: { shape: ENTITIES, description: 'Entities of every such event.' },
    alert: {
      shape: ALERT,
      description: 'The records are alerts of another product: each becomes a signal under its own name.',
    },
    csv: { shape: CSV, description: 'The records are rows of a table in a text file, with a header.' },
  },
};

/** JSON Schema 2020-12 of mapping documents, with descriptions, for an editor's YAML language server. */
export function mappingJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:telltale:schema:mapping',
    title: 'Telltale mapping',
    description: 'How records of one source are recognised and read: logsource, field names, time, entities.',
    ...schemaOf(MAPPING_SHAPE),
  };
}

function schemaOf(shape: Shape): Readonly<Record<string, unknown>> {
  switch (shape.kind) {
    case 'text':
      return {
        type: shape.scalar ? ['string', 'number', 'boolean'] : 'string',
        ...(shape.pattern === undefined ? {} : { pattern: shape.pattern.source }),
        ...(shape.values === undefined ? {} : { enum: shape.values }),
      };
    case 'true':
      return { const: true };
    case 'list':
      return {
        type: 'array',
        items: schemaOf(shape.of),
        ...(shape.min === undefined ? {} : { minItems: shape.min }),
      };
    case 'table':
      return { type: 'object', additionalProperties: schemaOf(shape.of) };
    case 'object': {
      const members = Object.entries(shape.members);
      return {
        type: 'object',
        properties: Object.fromEntries(
          members.map(([name, { shape: of, description }]) => [name, { ...schemaOf(of), description }]),
        ),
        required: members.flatMap(([name, member]) => (member.required ? [name] : [])),
        additionalProperties: false,
      };
    }
  }
}
