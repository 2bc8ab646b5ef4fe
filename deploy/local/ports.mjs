// Ports on this machine.
import { createServer } from 'node:net';

/** A port that nobody listens on at this moment; `preferred` when that one is free. */
export async function freePort(preferred, host = '127.0.0.1') {
  if (preferred && (await isFree(preferred, host))) return preferred;
  return (await listenOnce(0, host)) ?? 0;
}

export async function isFree(port, host = '127.0.0.1') {
  return (await listenOnce(port, host)) !== undefined;
}

function listenOnce(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const bound = server.address().port;
      server.close(() => resolve(bound));
    });
  });
}
