// Processes of the bench and what is asked of them: each question is a method's name and one value, each answer one value.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts a module of this directory as a process of its own.
 * @param {string} file
 * @returns {{ pid: number, ask(method: string, value?: unknown): Promise<any>, end(): void }}
 */
export function startChild(file) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { serialization: 'advanced' });
  const open = new Map();
  let last = 0;
  child.on('message', ({ number, error, value }) => {
    const { resolve, reject } = open.get(number);
    open.delete(number);
    if (error === undefined) resolve(value);
    else reject(new Error(`${file}: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of open.values()) reject(new Error(`${file} ended (${signal ?? code})`));
    open.clear();
  });
  return {
    pid: child.pid,
    ask: (method, value) =>
      new Promise((resolve, reject) => {
        open.set(++last, { resolve, reject });
        child.send({ number: last, method, value });
      }),
    end: () => {
      if (child.connected) child.disconnect();
    },
  };
}

/** The other side: answers by these methods, and ends with its parent. */
export function serveParent(methods) {
  process.on('message', ({ number, method, value }) => {
    Promise.resolve(value)
      .then(methods[method])
      .then(
        (answer) => process.send({ number, value: answer }),
        (error) => process.send({ number, error: error?.stack ?? String(error) }),
      );
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; the parent says when it is over.
  process.on('SIGINT', () => {});
}
