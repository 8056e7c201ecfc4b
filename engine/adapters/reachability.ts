import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { checkedAddresses } from './outputs/address-guard.ts';

/** A receiver that needs longer is none for alerts. */
const CONNECT_MAX_MS = 3000;

/** Why an address cannot be listened on; undefined where it can. Listens for a moment. */
export function listenProblem(
  host: string,
  port: number,
  transport: 'tcp' | 'udp',
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve(error.message);
    if (transport === 'udp') {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', (error) => {
        socket.close();
        failed(error);
      });
      socket.bind(port, host, () => socket.close(() => resolve(undefined)));
    } else {
      const server = createServer();
      server.once('error', failed);
      server.listen(port, host, () => server.close(() => resolve(undefined)));
    }
  });
}

/** Why a host cannot be reached; undefined where it takes a connection. Over UDP only its name is looked up. Nothing is sent. */
export async function connectProblem(
  host: string,
  port: number,
  how: { readonly transport: 'tcp' | 'udp'; readonly allowPrivate: boolean },
): Promise<string | undefined> {
  try {
    const [first] = await checkedAddresses(host, how.allowPrivate ? 'allowed' : 'refused');
    if (first === undefined) return `${host} has no address`;
    if (how.transport === 'udp') return undefined;
    await connected(first.address, port);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function connected(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: CONNECT_MAX_MS });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error(`${address}:${port} does not answer within ${CONNECT_MAX_MS / 1000} s`));
    });
    socket.once('error', reject);
  });
}
