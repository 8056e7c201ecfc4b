import { Directory, type Identity } from '../../intel/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { askedEntities } from './entities.ts';

/** A directory held in memory, as the source of the fact `identity`: who the users and mailboxes of a case are. */
export class IdentityFacts implements FactSource {
  readonly name = 'identity';
  readonly #directory: Directory;

  constructor(identities: readonly Identity[]) {
    this.#directory = new Directory(identities);
  }

  lookup(question: FactQuestion): unknown {
    const found = askedEntities(question).flatMap(({ type, value }) =>
      type === 'user' || type === 'mailbox' ? (this.#directory.identityOf(value) ?? []) : [],
    );
    return [...new Set(found)];
  }
}
