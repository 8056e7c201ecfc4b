import type { DaemonConfig } from './config.ts';

/** A shorter text is no secret, and would be found in every line. */
const SECRET_LENGTH_MIN = 6;

/**
 * Everything secret that a configuration holds, as texts that must not be seen, longest first: tokens, signing secrets, values of headers, and of URLs
 * that are secrets themselves (webhooks, chats, heartbeats) the whole and what stands behind the host. Each also as a URL would write it.
 */
export function secretsOf({ sources, outputs, feeds, api }: DaemonConfig): readonly string[] {
  const found = new Set<string>();
  const add = (text: string | undefined): void => {
    for (const one of [text?.trim(), ...(text ?? '').split(/\s+/)]) {
      if (one === undefined || one.length < SECRET_LENGTH_MIN || /^(?:bearer|basic)$/i.test(one)) continue;
      found.add(one);
      found.add(encodeURIComponent(one));
    }
  };
  for (const source of sources) if (source.type === 'http') add(source.token);
  for (const output of outputs) {
    if ('url' in output) addUrl(output.url, output.type !== 'alertmanager', add);
    if ('secret' in output) add(output.secret);
    if ('token' in output) add(output.token);
    if ('headers' in output) for (const value of Object.values(output.headers)) add(value);
  }
  for (const { headers } of Object.values(feeds)) for (const value of Object.values(headers)) add(value);
  for (const { token } of api.tokens) add(token);
  return [...found].sort((a, b) => b.length - a.length);
}

function addUrl(url: string, isSecret: boolean, add: (text: string) => void): void {
  if (!URL.canParse(url)) return;
  const { username, password, pathname, search } = new URL(url);
  add(decodeURIComponent(password));
  if (password === '') add(decodeURIComponent(username));
  if (!isSecret) return;
  add(url);
  add(pathname + search);
  // Each part of the way may be the secret one.
  for (const step of pathname.split('/')) if (step.length >= 16) add(step);
  for (const [, value] of new URLSearchParams(search)) if (value.length >= 12) add(value);
}
