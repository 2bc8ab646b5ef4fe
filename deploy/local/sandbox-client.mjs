// Calls the node's public API as everybody else would, and says in one line what was refused.
import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from './trouble.mjs';

const TRIES = 8;
const CALL_WITHIN_MS = 30_000;

export class ApiRefused extends Trouble {
  constructor(method, path, status, text) {
    super(`${method} ${path} was answered with ${status}: ${text.slice(0, 600)}`);
    this.status = status;
  }
}

/** @param {string} baseUrl @param {AbortSignal | undefined} signal */
export function apiClient(baseUrl, signal) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {{ bearer?: string, basic?: string, body?: unknown }} request
   * @returns {Promise<any>} the answer's JSON
   */
  return async function call(method, path, { bearer, basic, body } = {}) {
    const headers = {};
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    if (basic !== undefined) headers.authorization = `Basic ${Buffer.from(basic).toString('base64')}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const patience = AbortSignal.timeout(CALL_WITHIN_MS);
      const request = { method, headers, signal: signal ? AbortSignal.any([patience, signal]) : patience };
      if (body !== undefined) request.body = JSON.stringify(body);
      const answer = await fetch(`${baseUrl}${path}`, request);
      const text = await answer.text();
      if (answer.ok) return text === '' ? undefined : JSON.parse(text);
      // Nothing was done: the node says so by these two, and when to come again.
      const comeAgain = answer.status === 503 || answer.status === 429;
      if (!comeAgain || tries >= TRIES) throw new ApiRefused(method, path, answer.status, text);
      await sleep(Math.min(Number(answer.headers.get('retry-after')) || 1, 5) * 1_000, undefined, { signal });
    }
  };
}
