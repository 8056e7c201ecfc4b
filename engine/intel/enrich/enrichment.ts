import { fieldValues } from '../../match/index.ts';
import { ENTITY_TYPES, type Entity, type FieldView, type Scalar } from '../../model/index.ts';
import { GeoTable } from './geo.ts';
import { Directory, type Identity } from './identity.ts';
import { type Asset, Inventory } from './inventory.ts';

/** What events are enriched with, as plain data that threads can be handed. */
export interface EnrichmentParts {
  readonly assets: readonly Asset[];
  readonly identities: readonly Identity[];
  /** MaxMind DB files, the best first; in shared memory where threads shall not each have a copy. */
  readonly geo: readonly Uint8Array[];
}

/** What can be worked out: one value, or several. */
export type Derived = Scalar | readonly Scalar[] | undefined;

/** How a field that an event lacks is worked out: from which fields, the first present one, and how. */
export interface Derivation {
  readonly from: readonly string[];
  of(text: string): Derived;
}

/** One thing that can be asked of a value. */
interface Attribute {
  /** Which part of the name of a field asks for it: behind a dot (ECS), or behind an underscore. */
  readonly dotted: string;
  readonly flat?: string;
  readonly about: keyof typeof BASES;
  readonly of: (enrichment: Tables, text: string) => Derived;
}

interface Tables {
  readonly inventory: Inventory;
  readonly directory: Directory;
  readonly geo: GeoTable;
}

/** What stands in the place of the attribute in the name of the field that it is worked out from, in the order to try; an empty one is the name before it. */
const BASES = {
  address: ['ip', 'address', ''],
  person: ['name', 'email', 'id', 'userName', ''],
  thing: ['name', 'hostname', 'ip', 'address', 'id', ''],
} as const;

const ATTRIBUTES: readonly Attribute[] = [
  geo('geo.country_iso_code', 'country', ({ country }) => country),
  geo('geo.country_name', 'country_name', ({ countryName }) => countryName),
  geo('geo.continent_code', 'continent', ({ continent }) => continent),
  geo('geo.region_iso_code', 'region', ({ region }) => region),
  geo('geo.city_name', 'city', ({ city }) => city),
  geo('geo.location.lat', 'lat', ({ latitude }) => latitude),
  geo('geo.location.lon', 'lon', ({ longitude }) => longitude),
  geo('as.number', 'asn', ({ asn }) => asn),
  geo('as.organization.name', 'as_org', ({ organisation }) => organisation),
  person('department', (one) => one.department),
  person('role', (one) => one.role),
  person('manager', (one) => one.manager),
  person('peers', Directory.peersOf),
  person('identity_tags', (one) => one.tags),
  thing('asset.criticality', (one) => one.criticality),
  thing('asset.owner', (one) => one.owner),
  thing('asset.environment', (one) => one.environment),
  thing('asset.tags', (one) => one.tags),
];

/**
 * What is known of the things that events name: where an address is and whose, what an asset is worth, what somebody's part is. A rule asks for it by the name of a
 * field that the event lacks: `source.geo.country_iso_code` is worked out from `source.ip`, `src_country` from `src_ip`, `sourceIPAddress.as.number` from
 * `sourceIPAddress`, `user.department` from `user.name`, `host.asset.criticality` from `host.name`. What the event itself says stands.
 * Pure: the same parts and texts give the same values. One instance serves one thread.
 */
export class Enrichment {
  readonly parts: EnrichmentParts;
  readonly #tables: Tables;
  readonly #derivations = new Map<string, Derivation | undefined>();

  /** Throws RangeError where a database of addresses is damaged. */
  constructor(parts: Partial<EnrichmentParts>) {
    this.parts = { assets: parts.assets ?? [], identities: parts.identities ?? [], geo: parts.geo ?? [] };
    this.#tables = {
      inventory: new Inventory(this.parts.assets),
      directory: new Directory(this.parts.identities),
      geo: new GeoTable(this.parts.geo),
    };
  }

  /** How a field is worked out where an event lacks it; undefined where its name asks for nothing that is known here. */
  derivation(field: string): Derivation | undefined {
    if (this.#derivations.has(field)) return this.#derivations.get(field);
    const attribute = ATTRIBUTES.find((one) => this.#has(one) && prefixOf(field, one) !== undefined);
    const prefix = attribute === undefined ? undefined : prefixOf(field, attribute);
    const made =
      attribute === undefined || prefix === undefined
        ? undefined
        : { from: basesOf(prefix, attribute), of: (text: string) => attribute.of(this.#tables, text) };
    this.#derivations.set(field, made);
    return made;
  }

  /** The value of an attribute by its own name (`department`, `asset.owner`), asked of a text. */
  attribute(name: string, text: string): Derived {
    return ATTRIBUTES.find(({ dotted }) => dotted === name)?.of(this.#tables, text);
  }

  /** An event's fields with what can be worked out beside them. `subject` names the fields that bare attributes (`department`) are about. */
  view(fields: FieldView, subject: readonly string[] = []): FieldView {
    return {
      get: (field) => {
        const own = fields.get(field);
        if (own !== undefined) return own;
        const derivation = this.derivation(field);
        if (derivation !== undefined) return derivedFrom(fields, derivation.from, derivation.of);
        if (subject.length === 0 || !ATTRIBUTES.some(({ dotted }) => dotted === field)) return undefined;
        return derivedFrom(fields, subject, (text) => this.attribute(field, text));
      },
    };
  }

  /** What an entity is worth to the deployment, as its severity and risk heed it. */
  worthOf(entity: Entity): { readonly weight: number; readonly reason: string } | undefined {
    return this.#tables.inventory.worthOf(entity);
  }

  /** Who an entity is; undefined where the directory has nobody of that name, or it is no user. */
  identityOf({ type, value }: Entity): Identity | undefined {
    return type === 'user' || type === 'mailbox' ? this.#tables.directory.identityOf(value) : undefined;
  }

  /** Where an address is and whose. */
  geoOf({ type, value }: Entity): ReturnType<GeoTable['recordOf']> | undefined {
    return type === 'ip' && this.parts.geo.length > 0 ? this.#tables.geo.recordOf(value) : undefined;
  }

  #has({ about }: Attribute): boolean {
    if (about === 'address') return this.parts.geo.length > 0;
    return about === 'person' ? this.parts.identities.length > 0 : this.parts.assets.length > 0;
  }
}

function geo(
  dotted: string,
  flat: string,
  of: (record: ReturnType<GeoTable['recordOf']>) => Derived,
): Attribute {
  return { dotted, flat, about: 'address', of: (tables, text) => of(tables.geo.recordOf(text)) };
}

function person(dotted: string, of: (identity: Identity) => Derived): Attribute {
  return {
    dotted,
    about: 'person',
    of: ({ directory }, text) => {
      const identity = directory.identityOf(text);
      return identity === undefined ? undefined : of(identity);
    },
  };
}

function thing(dotted: string, of: (asset: Asset) => Derived): Attribute {
  return {
    dotted,
    about: 'thing',
    of: ({ inventory }, text) => {
      for (const type of ENTITY_TYPES) {
        const [asset] = inventory.assetsOf({ type, value: text });
        if (asset !== undefined) return of(asset);
      }
      return undefined;
    },
  };
}

/** What stands before the attribute in the name of a field; undefined where it does not ask for it. */
function prefixOf(
  field: string,
  { dotted, flat }: Attribute,
): { readonly text: string; readonly by: '.' | '_' } | undefined {
  if (field.endsWith(`.${dotted}`)) return { text: field.slice(0, -dotted.length - 1), by: '.' };
  if (flat !== undefined && field.endsWith(`_${flat}`))
    return { text: field.slice(0, -flat.length - 1), by: '_' };
  return undefined;
}

function basesOf(
  { text, by }: { readonly text: string; readonly by: '.' | '_' },
  { about }: Attribute,
): readonly string[] {
  return BASES[about].map((base) => (base === '' ? text : `${text}${by}${base}`));
}

/** The values of the first of the fields that is there, each worked on, without repeats. */
function derivedFrom(fields: FieldView, from: readonly string[], of: (text: string) => Derived): Derived {
  for (const field of from) {
    const texts = fieldValues(fields.get(field)).filter((one) => typeof one === 'string' && one !== '');
    if (texts.length > 0) return together(texts.map((text) => of(String(text))));
  }
  return undefined;
}

/** Several answers as one: absent ones left out, a single one bare. */
export function together(found: readonly Derived[]): Derived {
  const flat = [
    ...new Set(
      found.flatMap((one): readonly Scalar[] => (isList(one) ? one : one === undefined ? [] : [one])),
    ),
  ];
  return flat.length > 1 ? flat : flat[0];
}

function isList(value: Derived): value is readonly Scalar[] {
  return Array.isArray(value);
}
