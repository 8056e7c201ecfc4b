/** Short names that are remembered; about 200 bytes each. The one that was seen longest ago goes first. */
export const HOST_NAMES_MAX = 100_000;

/** What is known of one short name. */
interface Known {
  /** Under what the host is told: the name that came first. */
  readonly name: string;
  /** The one full name that has been seen; null where none has, or where there are several. */
  readonly full: string | null;
  /** Hosts of several domains have this short name, so it says no more which one is meant. */
  readonly several: boolean;
}

/** Names of hosts as plain data. */
export type SavedHostNames = readonly (readonly [string, Known])[];

/**
 * Which names are one host: some logs write `ws01`, others `ws01.corp.local`. As long as one domain only has been seen with a short name, both
 * are the name that came first. From the first event of a second domain on, each name stands for itself: two machines are never taken for one because
 * of what they have in common. Addresses stand for themselves always.
 *
 * What is known comes from the past only, so the result depends on the order of calls: callers keep to the order of time. O(1) a call.
 */
export class HostNames {
  readonly #known = new Map<string, Known>();

  /** The name under which a host (in lower case) is known at this point. */
  nameOf(host: string): string {
    const dot = host.indexOf('.');
    if (isAddress(host) || dot === 0) return host;
    const short = dot < 0 ? host : host.slice(0, dot);
    const known = this.#known.get(short);
    const next = dot < 0 ? (known ?? { name: host, full: null, several: false }) : withFull(known, host);
    if (known !== undefined) this.#known.delete(short);
    this.#known.set(short, next);
    this.#bound();
    return next.several ? host : next.name;
  }

  save(): SavedHostNames {
    return [...this.#known];
  }

  load(saved: SavedHostNames): void {
    this.#known.clear();
    for (const [short, known] of saved) this.#known.set(short, known);
  }

  #bound(): void {
    if (this.#known.size <= HOST_NAMES_MAX) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

function withFull(known: Known | undefined, full: string): Known {
  if (known === undefined) return { name: full, full, several: false };
  if (known.several || known.full === full) return known;
  return known.full === null ? { ...known, full } : { ...known, full: null, several: true };
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}
