// One process that belongs to a node: started, watched until it is ready, ended, started again.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './run-command.mjs';
import { end, identify, kill, removeFile, writePidFile } from './process-identity.mjs';
import { Trouble } from './trouble.mjs';

/** What a killed predecessor held (a lock, a port) may stay for some seconds: so many tries, a second apart. */
const TRIES_WHEN_HELD_UP = 20;

const LOG_LIMIT_BYTES = 32 * 1024 * 1024;

export class Supervised {
  #child;
  #identity;
  #exit;
  #logStart = 0;

  /**
   * @param {object} options
   * @param {string} options.name as the screen and the log file call it
   * @param {string} options.logDir where `<name>.log` is written
   * @param {string} options.runDir where `<name>.json`, its pid file, is written
   * @param {() => Promise<Command> | Command} options.command asked at every start, so that ports can change
   * @param {(signal: AbortSignal) => Promise<void>} options.ready resolves when it serves
   * @param {NodeJS.Signals} [options.stopSignal]
   * @param {number} [options.patienceMs] how long it may take to end before it is forced
   * @param {RegExp} [options.heldUp] what its log says when starting it again a moment later may help
   * @param {(how: { code: number | null, signal: string | null }) => void} [options.onCrash] it ended although nobody asked
   */
  constructor(options) {
    this.options = { stopSignal: 'SIGTERM', patienceMs: 28_000, ...options };
    this.name = options.name;
    this.logFile = join(options.logDir, `${options.name}.log`);
    this.pidFile = join(options.runDir, `${options.name}.json`);
  }

  get pid() {
    return this.#child?.pid;
  }

  get running() {
    return this.#child !== undefined;
  }

  /** Starts the process and waits until it is ready; throws with the end of its log when it ends before. */
  async start(signal) {
    if (this.#child) return;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#startOnce(signal);
      } catch (error) {
        const again = this.options.heldUp?.test(this.logTail(30)) && tries < TRIES_WHEN_HELD_UP && !signal?.aborted;
        if (!again) throw error;
        await sleep(1_000, undefined, { signal });
      }
    }
  }

  async #startOnce(signal) {
    signal?.throwIfAborted();
    const { file, args, env, cwd, uid, gid } = await this.options.command();
    const log = this.#openLog();
    // In a group of its own: Ctrl-C reaches the supervisor alone, which then ends everything in its order.
    const child = spawn(file, args, { env, cwd, uid, gid, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = new AbortController();
    let expected = false;
    const exit = new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: 127, signal: null, error }));
      child.once('exit', (code, bySignal) => resolve({ code, signal: bySignal }));
    }).then((how) => {
      this.#child = undefined;
      this.#identity = undefined;
      removeFile(this.pidFile);
      ended.abort(new Error(`${this.name} ended`));
      if (!expected) this.options.onCrash?.(how);
      return how;
    });
    this.#child = child;
    this.#exit = { promise: exit, expect: () => (expected = true) };
    if (child.pid !== undefined) {
      this.#identity = identify(child.pid);
      if (this.#identity) writePidFile(this.pidFile, this.#identity);
    }
    const readyOrEnded = AbortSignal.any(signal ? [ended.signal, signal] : [ended.signal]);
    expected = true;
    try {
      await this.options.ready(readyOrEnded);
      expected = false;
      // It may have ended in the moment between its first answer and now.
      if (ended.signal.aborted) throw ended.signal.reason;
    } catch (error) {
      if (!ended.signal.aborted) {
        await this.stop();
        throw error;
      }
      const how = await exit;
      throw new Trouble(
        `${this.name} ended before it was ready (${describe(how)}). The end of ${this.logFile}:\n${indent(this.logTail(15))}`,
      );
    }
  }

  /** Sends a signal and waits until the process is gone; it is not started again by itself. */
  async kill(signal = 'SIGKILL') {
    const exit = this.#exit;
    if (!this.#child) return;
    exit.expect();
    kill(this.#child.pid, signal);
    await exit.promise;
  }

  /** Ends the process gracefully, by force only when it takes too long. Answers false when it had to be forced. */
  async stop() {
    const exit = this.#exit;
    const identity = this.#identity;
    if (!this.#child) return true;
    exit.expect();
    const graceful = await end(identity, { signal: this.options.stopSignal, patienceMs: this.options.patienceMs });
    await exit.promise;
    return graceful;
  }

  async restart(signal) {
    await this.stop();
    await this.start(signal);
  }

  /** The last lines that the process wrote since it was started. */
  logTail(lines) {
    try {
      return lastLines(readFileSync(this.logFile).subarray(this.#logStart).toString('utf8'), lines);
    } catch {
      return '';
    }
  }

  #openLog() {
    if (existsSync(this.logFile) && statSync(this.logFile).size > LOG_LIMIT_BYTES) {
      renameSync(this.logFile, `${this.logFile}.1`);
    }
    this.#logStart = existsSync(this.logFile) ? statSync(this.logFile).size : 0;
    return openSync(this.logFile, 'a', 0o600);
  }
}

export function describe({ code, signal, error }) {
  if (error) return error.message;
  return signal ? `ended by ${signal}` : `exit code ${code}`;
}

function indent(text) {
  return text.replace(/^/gm, '    ');
}

/** @typedef {{ file: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string, uid?: number, gid?: number }} Command */
