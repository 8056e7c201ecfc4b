/**
 * What OCSF 1.5.0 requires of the classes Detection Finding (2004) and Incident Finding (2005), written from the specification: required
 * attributes, types, enumerations and constraints of the attributes that we write. Attributes beyond the specification are refused at the top.
 */
const TEXT = { type: 'string' };
const TIME = { type: 'integer', minimum: 0 };
const ID = (...values: number[]): object => ({ enum: values });
const NAMED = { type: 'object', required: ['name'], properties: { name: TEXT } };

const ATTACKS = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    properties: {
      tactic: { type: 'object', properties: { name: TEXT, uid: TEXT } },
      technique: {
        type: 'object',
        properties: { name: TEXT, uid: { type: 'string', pattern: '^T\\d{4}$' } },
      },
      sub_technique: {
        type: 'object',
        properties: { name: TEXT, uid: { type: 'string', pattern: '^T\\d{4}\\.\\d{3}$' } },
      },
    },
    anyOf: ['tactic', 'technique', 'sub_technique'].map((key) => ({
      required: [key],
      type: 'object',
      properties: { [key]: {} },
    })),
  },
};

const FINDING_INFO = {
  type: 'object',
  required: ['uid', 'title'],
  additionalProperties: false,
  properties: {
    uid: { type: 'string', minLength: 1 },
    title: TEXT,
    desc: TEXT,
    created_time: TIME,
    modified_time: TIME,
    first_seen_time: TIME,
    last_seen_time: TIME,
    related_events_count: { type: 'integer' },
    analytic: {
      type: 'object',
      required: ['type_id'],
      properties: {
        uid: TEXT,
        name: TEXT,
        version: TEXT,
        type: TEXT,
        type_id: ID(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99),
      },
    },
    attacks: ATTACKS,
  },
};

/** Objects of evidences with what they require; of `any` at least one. The process object is the strictest: a name alone is not enough. */
const object = (properties: object, { required, any }: { required?: string[]; any?: string[] }): object => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...(required === undefined ? {} : { required }),
  ...(any === undefined
    ? {}
    : { anyOf: any.map((key) => ({ type: 'object', required: [key], properties: { [key]: {} } })) }),
});
const USER = object({ name: TEXT, email_addr: TEXT, uid: TEXT }, { any: ['name', 'uid', 'email_addr'] });
const ENDPOINT = object({ ip: TEXT, domain: TEXT, hostname: TEXT }, { any: ['ip', 'domain', 'hostname'] });
const EVIDENCES: Readonly<Record<string, object>> = {
  actor: object({ user: USER }, { any: ['user'] }),
  container: object({ name: TEXT }, { any: ['name'] }),
  data: { type: 'object' },
  device: object({ hostname: TEXT, type_id: ID(0, 1, 2, 3, 99) }, { required: ['type_id'] }),
  dst_endpoint: ENDPOINT,
  file: object({ name: TEXT, path: TEXT, type_id: ID(0, 1, 99) }, { required: ['name', 'type_id'] }),
  process: object({ name: TEXT, uid: TEXT, pid: { type: 'integer' } }, { any: ['pid', 'uid'] }),
  resources: { type: 'array', items: object({ uid: TEXT, name: TEXT }, { any: ['uid', 'name'] }) },
  src_endpoint: ENDPOINT,
  url: object({ url_string: TEXT }, { required: ['url_string'] }),
  user: USER,
};
/** Of these the specification asks for at least one: containers and resources alone are not enough in every version. */
const EVIDENCE_ENOUGH = Object.keys(EVIDENCES).filter((part) => part !== 'container' && part !== 'resources');

const COMMON = {
  activity_id: ID(1, 2, 3),
  activity_name: { enum: ['Create', 'Update', 'Close'] },
  category_uid: { const: 2 },
  category_name: { const: 'Findings' },
  class_name: TEXT,
  type_uid: { type: 'integer' },
  time: TIME,
  start_time: TIME,
  end_time: TIME,
  severity_id: ID(0, 1, 2, 3, 4, 5, 6, 99),
  severity: TEXT,
  message: TEXT,
  status: TEXT,
  confidence_id: ID(0, 1, 2, 3, 99),
  confidence: TEXT,
  confidence_score: { type: 'integer', minimum: 0, maximum: 100 },
  verdict_id: ID(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99),
  verdict: TEXT,
  observables: {
    type: 'array',
    items: {
      type: 'object',
      required: ['name', 'type_id'],
      additionalProperties: false,
      properties: { name: TEXT, type_id: { type: 'integer' }, type: TEXT, value: TEXT },
    },
  },
  metadata: {
    type: 'object',
    required: ['product', 'version'],
    properties: {
      version: { const: '1.5.0' },
      product: {
        type: 'object',
        required: ['name', 'vendor_name'],
        properties: { name: TEXT, vendor_name: TEXT, version: TEXT },
      },
      uid: TEXT,
      correlation_uid: TEXT,
      labels: { type: 'array', items: TEXT },
      profiles: { type: 'array', items: TEXT },
    },
  },
  unmapped: { type: 'object' },
};

const REQUIRED = [
  'activity_id',
  'category_uid',
  'class_uid',
  'type_uid',
  'time',
  'severity_id',
  'metadata',
  'status_id',
];

export const OCSF_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  oneOf: [
    {
      type: 'object',
      required: [...REQUIRED, 'finding_info'],
      additionalProperties: false,
      properties: {
        ...COMMON,
        class_uid: { const: 2004 },
        status_id: ID(0, 1, 2, 3, 4, 5, 6, 99),
        is_alert: { type: 'boolean' },
        risk_score: { type: 'integer' },
        finding_info: FINDING_INFO,
        evidences: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: TEXT,
              uid: TEXT,
              ...EVIDENCES,
            },
            additionalProperties: false,
            anyOf: EVIDENCE_ENOUGH.map((part) => ({
              type: 'object',
              required: [part],
              properties: { [part]: {} },
            })),
          },
        },
        resources: {
          type: 'array',
          items: { type: 'object', properties: { uid: TEXT, name: TEXT, type: TEXT } },
        },
        remediation: { type: 'object', required: ['desc'], properties: { desc: TEXT } },
      },
    },
    {
      type: 'object',
      required: [...REQUIRED, 'finding_info_list'],
      additionalProperties: false,
      properties: {
        ...COMMON,
        class_uid: { const: 2005 },
        status_id: ID(0, 1, 2, 3, 4, 5, 99),
        desc: TEXT,
        impact_score: { type: 'integer' },
        finding_info_list: { type: 'array', minItems: 1, items: FINDING_INFO },
        attacks: ATTACKS,
        assignee: NAMED,
        assignee_group: NAMED,
      },
      anyOf: ['assignee', 'assignee_group'].map((key) => ({
        type: 'object',
        required: [key],
        properties: { [key]: {} },
      })),
    },
  ],
};
