import type { Case } from './case.ts';
import { confidenceOf, declaredOf, higher, SHOWN, templateAdjustment } from './confidence.ts';
import { conflict, isLive } from './conflict.ts';
import { hasCourse, namesCourse } from './course.ts';
import { type Docket, keep } from './docket.ts';
import type { Gathering } from './gathering.ts';
import { USUAL } from './history.ts';
import { BASIS_MAX, type Merging } from './merging.ts';
import { type Sighting, subjectText } from './sighting.ts';
import { stretchAt } from './stretch.ts';
import type { Telling } from './telling.ts';
import { narrowed, type ShapeMatch } from './template-runner.ts';

/** Makes cases of the shapes that templates found, whatever their weight. */
export class Shaping {
  readonly #docket: Docket;
  readonly #telling: Telling;
  readonly #merging: Merging;
  readonly #gathering: Gathering;

  constructor({
    docket,
    telling,
    merging,
    gathering,
  }: {
    readonly docket: Docket;
    readonly telling: Telling;
    readonly merging: Merging;
    readonly gathering: Gathering;
  }) {
    this.#docket = docket;
    this.#telling = telling;
    this.#merging = merging;
    this.#gathering = gathering;
  }

  /** The alerts of a template's shape become one incident, whatever their weight. */
  shape(match: ShapeMatch, by: Sighting, now: number): void {
    const { template } = match;
    if (template.shape !== 'kill_chain' || template.parts.length > 0) {
      this.#take(match, now);
      return;
    }
    const along = this.#along(match, by);
    if (along !== undefined) this.#take(along, now);
  }

  /**
   * A chain of whatever alerts there are on a place takes everything in that happens there, unless it keeps to one course of action: where the cases
   * name processes and sessions it holds within one of them, and takes in nothing; elsewhere it joins what names none. What is only informational
   * makes no chain.
   */
  #along(match: ShapeMatch, by: Sighting): ShapeMatch | undefined {
    const owner = this.#docket.byAlert.get(by.alert);
    if (owner !== undefined && hasCourse(owner)) {
      const own = owner.notables.map(({ sighting }) => sighting);
      return narrowed(match, own.filter(declares), this.#docket.settings);
    }
    const free = match.parts
      .flatMap(({ sightings }) => sightings)
      .filter((sighting) => {
        const holder = this.#docket.byAlert.get(sighting.alert);
        if (!declares(sighting) || namesCourse(sighting) || this.#isAround(sighting)) return false;
        return holder === undefined || !hasCourse(holder);
      });
    return narrowed(match, free, this.#docket.settings);
  }

  /** Whether it is shown around an incident of its place that is told by courses of action: it is another log's word of the same. O(cases of the place). */
  #isAround(sighting: Sighting): boolean {
    for (const one of this.#docket.byEntity.get(subjectText(sighting)) ?? []) {
      if (one.state === 'candidate' || !isLive(one) || !hasCourse(one)) continue;
      if (stretchAt(one, sighting.alert, sighting.time, this.#docket.settings)?.context === true) return true;
    }
    return false;
  }

  #take(match: ShapeMatch, now: number): void {
    const { template, parts } = match;
    const members = parts.flatMap(({ name, sightings }) => sightings.map((sighting) => ({ name, sighting })));
    let home: Case | undefined;
    for (const { sighting } of members) {
      const owner = this.#docket.byAlert.get(sighting.alert);
      if (owner === undefined || !isLive(owner)) continue;
      if (home === undefined || owner.order < home.order) home = owner;
    }
    const first = members[0]?.sighting;
    if (first === undefined) return;
    home ??= this.#docket.open(first);
    let before: Sighting | undefined;
    for (const { name, sighting } of members) {
      const owner = this.#docket.byAlert.get(sighting.alert);
      if (owner !== undefined && owner !== home && isLive(owner)) {
        if (conflict(home, owner, this.#docket.settings) !== undefined) continue;
        this.#merging.merge(home, owner, now);
      }
      if (!home.notables.some((notable) => notable.sighting.alert === sighting.alert)) {
        const subject = subjectText(sighting);
        this.#docket.recent.forget(subject, sighting.alert);
        this.#gathering.add(home, {
          sighting,
          subject,
          surprise: USUAL,
          bits: 0,
          declared: declaredOf(sighting, undefined),
          takenAt: now,
        });
      }
      const part = stretchAt(home, sighting.alert, sighting.time, this.#docket.settings);
      if (part !== undefined) {
        part.context = false;
        part.shape = name;
      }
      if (before !== undefined) {
        const { title } = template.meta;
        const known = home.links.some(
          (link) => link.kind === 'template' && link.from === before?.alert && link.to === sighting.alert,
        );
        if (!known)
          keep(
            home.links,
            {
              from: before.alert,
              to: sighting.alert,
              kind: 'template',
              weight: 1,
              gap: Math.abs(sighting.time - before.time),
              reason: `parts of '${title}', which share ${match.shared}`,
            },
            this.#docket.settings.limits.links,
            home,
            'links',
          );
      }
      before = sighting;
    }
    for (const sighting of match.basis)
      if (home.basis.size < BASIS_MAX) home.basis.set(sighting.id, { sighting, takenAt: sighting.time });
    home.template ??= { id: template.meta.id, title: match.title, story: match.story };
    if (home.template.id === template.meta.id)
      home.template = { id: template.meta.id, title: match.title, story: match.story };
    home.floor = higher(home.floor, template.severity);
    if (home.templateRemediation.length === 0) home.templateRemediation = template.meta.remediation;
    for (const { reason, factor, signal } of match.counter) {
      if (!home.counter.some((known) => known.signal === signal))
        home.counter.push({ reason, factor, signal });
    }
    home.adjustments.push(...templateAdjustment(home, template));
    if (home.state === 'candidate') {
      if (confidenceOf(home, now, this.#docket.settings) >= SHOWN) this.#telling.show(home, now);
    } else this.#telling.changed(home, `the shape of '${template.meta.title}'`, now);
  }
}

function declares({ severity }: Sighting): boolean {
  return severity !== 'informational';
}
