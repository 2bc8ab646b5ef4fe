// Runs a program to its end, keeping what it said in case it fails.
import { spawn } from 'node:child_process';
import { Trouble } from './trouble.mjs';

const KEPT_CHARACTERS = 200_000;

/**
 * Runs a program; resolves with its exit code and output. A program that cannot be started answers with code 127.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number, signal?: AbortSignal, onOutput?: (text: string) => void, inherit?: boolean }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(file, args, { signal, onOutput, inherit = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(file, args, { stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'], ...options });
    const take = (chunk) => {
      const text = chunk.toString('utf8');
      output = (output + text).slice(-KEPT_CHARACTERS);
      onOutput?.(text);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => {
      signal?.removeEventListener('abort', stop);
      resolve({ code: 127, output: error.message });
    });
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code: code ?? 128, output: killedBy ? `${output}\n(ended by ${killedBy})` : output });
    });
  });
}

/** Runs a program that must succeed; its last lines become the message when it does not. */
export async function mustRun(what, file, args, options) {
  const { code, output } = await run(file, args, options);
  if (code !== 0) throw new Trouble(`${what} failed (exit code ${code}):\n${lastLines(output, 40)}`);
  return output;
}

export function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
