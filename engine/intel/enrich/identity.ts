/** One person or account of a directory. */
export interface Identity {
  /** The name that events call them by. */
  readonly user: string;
  /** Other names: an address of mail, a number, a principal. */
  readonly aliases?: readonly string[];
  readonly department?: string;
  readonly role?: string;
  readonly manager?: string;
  /** The name of the group that they are compared with; their department and role where absent. */
  readonly peers?: string;
  readonly tags?: readonly string[];
}

/** A directory held in memory: identities by each of their names, without case; the first of two with one name stands. */
export class Directory {
  readonly #named = new Map<string, Identity>();

  constructor(identities: readonly Identity[]) {
    for (const identity of identities) {
      for (const name of [identity.user, ...(identity.aliases ?? [])]) {
        const key = name.toLowerCase();
        if (!this.#named.has(key)) this.#named.set(key, identity);
      }
    }
  }

  /** Who is meant; a name with a domain before (`CORP\ana`) or behind it (`ana@corp.example`) is looked up whole first, then without. */
  identityOf(name: string): Identity | undefined {
    const key = name.toLowerCase();
    return this.#named.get(key) ?? this.#named.get(key.replace(/^[^\\]*\\/, '').replace(/@.*$/, ''));
  }

  /** The group that somebody is compared with. */
  static peersOf({ peers, department, role }: Identity): string | undefined {
    if (peers !== undefined) return peers;
    const parts = [department, role].filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts.join(' / ');
  }
}
