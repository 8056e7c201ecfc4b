/** What a rule asks for, or what one event is: Sigma's product, category and service. Values are lower-case. */
export interface Logsource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/**
 * The logsource of an event. One record can stand for several categories (Sysmon 13 is `registry_set` and `registry_event`)
 * and several services; `any` lets every rule look at it, whatever its logsource.
 */
export interface EventLogsource {
  readonly products: readonly string[];
  readonly categories: readonly string[];
  readonly services: readonly string[];
  readonly any?: true;
}

/** Every rule may look. */
export const ANY_LOGSOURCE: EventLogsource = { products: [], categories: [], services: [], any: true };

/** Whether a rule of this logsource is evaluated on such an event: nothing the rule names may contradict. */
export function logsourceApplies(rule: Logsource, event: EventLogsource): boolean {
  if (event.any) return true;
  return (
    (rule.product === undefined || event.products.includes(rule.product)) &&
    (rule.category === undefined || event.categories.includes(rule.category)) &&
    (rule.service === undefined || event.services.includes(rule.service))
  );
}
