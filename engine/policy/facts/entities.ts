import type { Entity } from '../../model/index.ts';
import type { FactQuestion } from '../fact.ts';

/** The entities of the case that the question asks about, by its `entity` (type) and `role`. */
export function askedEntities({ subject, params }: FactQuestion): readonly Entity[] {
  const { entities } = subject.kind === 'alert' ? subject.alert : subject.incident;
  const { entity: type, role } = params;
  return entities.filter(
    (entity) => (type === undefined || entity.type === type) && (role === undefined || entity.role === role),
  );
}
