import { gitCommit } from '../adapters/index.ts';
import type { AuditEvent, ClockPort, DaemonConfig, StorePort } from '../runtime/index.ts';
import { settingRows } from './config-run.ts';

/** Under this the store keeps the settings of the last start. */
const KEY = 'config/last';

/**
 * Writes down which settings changed since the last start, and the Git commit of the configuration. Secrets are masked, so that a changed one is not told.
 * A first start has changed nothing.
 */
export function auditConfig(
  config: DaemonConfig,
  path: string | undefined,
  { store, clock }: { readonly store: StorePort; readonly clock: ClockPort },
): void {
  const now = new Map(settingRows(config).map(({ setting, value }) => [setting, JSON.stringify(value)]));
  const bytes = new TextEncoder().encode(JSON.stringify([...now]));
  const kept = store.value(KEY);
  const before = kept === undefined ? now : new Map(entriesOf(kept));
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  const changed = names.flatMap((setting) => {
    const [was, is] = [before.get(setting), now.get(setting)];
    return was === is
      ? []
      : [{ setting, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
  });
  const revision = path === undefined ? undefined : gitCommit(path);
  const event: AuditEvent = {
    at: clock.nowMicros(),
    by: 'operator',
    action: 'config.changed',
    subject: path ?? 'defaults',
    detail: { changed, ...(revision === undefined ? {} : { revision }) },
  };
  if (kept !== undefined && changed.length === 0) return;
  store.commit({
    positions: [],
    state: [],
    revisions: [],
    outbox: [],
    ledger: [],
    audit: changed.length === 0 ? [] : [event],
    values: [{ key: KEY, bytes }],
  });
}

/** What this program wrote itself, under a checksum of the store. */
function entriesOf(bytes: Uint8Array): readonly (readonly [string, string])[] {
  return JSON.parse(new TextDecoder().decode(bytes)) as readonly (readonly [string, string])[];
}
