import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { busAt, startNats, testBus, type TestBus } from '#bus/testing';
import { type NodeGreeting, clockMoved, hello, settingsChanged } from '#contracts';
import { NodeClock } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import type { Bus } from './bus.js';
import { NodeState } from './node-state.js';

// Only what a follower looks at.
const settings = (debug: boolean) => ({ logs: { debug } }) as NodeGreeting['settings'];

class LevelLog extends RecordingLog {
  level = '';
  override setLevel(level: string): void {
    this.level = level;
  }
}

let network: TestBus;
let core: Bus;
let app: Bus;
let clock: NodeClock;
let log: LevelLog;
let node: NodeState;
let stopping: AbortController;

beforeEach(async () => {
  network = await testBus();
  [core, app] = await Promise.all([network.connect('core'), network.connect('dispatcher')]);
  clock = new NodeClock();
  log = new LevelLog();
  stopping = new AbortController();
  node = new NodeState({ clock, log, logLevel: 'warn', settings: settings(false) });
});
afterEach(async () => {
  stopping.abort(new Error('stopped'));
  await network.close();
});

const greeting = (clockOffsetMs: number, debug: boolean): NodeGreeting => ({
  clockOffsetMs,
  settings: settings(debug),
  mediaUrlKey: 'AQID',
});

test('core is asked until it answers; until then what was given holds', async () => {
  const started = node.start(app, stopping.signal);
  await pause(300);
  expect([node.known, node.settings, node.mediaUrlKey]).toEqual([false, settings(false), undefined]);
  const asked: unknown[] = [];
  core.serve(hello, async (question) => {
    asked.push(question);
    return greeting(5_000, true);
  });
  await started;
  expect(asked).toEqual([{ app: 'dispatcher', instance: app.instance }]);
  expect([node.known, node.settings, node.mediaUrlKey]).toEqual([true, settings(true), Buffer.from([1, 2, 3])]);
  expect([clock.offset(), log.level]).toEqual([5_000, 'debug']);
});

test('what core announces has been taken over when it is confirmed', async () => {
  core.serve(hello, async () => greeting(0, false));
  await node.start(app, stopping.signal);
  let moves = 0;
  node.onClockMoved(() => (moves += 1));
  expect(log.level).toBe('warn');
  await core.announce(settingsChanged, { settings: settings(true) });
  expect([node.settings, log.level]).toEqual([settings(true), 'debug']);
  await core.announce(clockMoved, { offsetMs: 7_000 });
  expect([clock.offset(), moves]).toEqual([7_000, 1]);
});

test('the clock never goes back, and who hears of its moves is not told of none', async () => {
  core.serve(hello, async () => greeting(7_000, false));
  await node.start(app, stopping.signal);
  let moves = 0;
  node.onClockMoved(() => (moves += 1));
  await core.announce(clockMoved, { offsetMs: 6_000 });
  await core.announce(clockMoved, { offsetMs: 7_000 });
  expect([clock.offset(), moves]).toEqual([7_000, 0]);
});

test('an answer that was overtaken by an announcement is not believed', async () => {
  let asked = 0;
  core.serve(hello, async () => {
    asked += 1;
    // The answer was made before the change, and arrives after it.
    if (asked === 1) await core.announce(settingsChanged, { settings: settings(true) });
    return greeting(0, asked > 1);
  });
  await node.start(app, stopping.signal);
  expect([asked, node.settings]).toEqual([2, settings(true)]);
});

test('what was announced while the bus was away is made good when it is back', async () => {
  const server = await startNats();
  const own = busAt(server.url);
  const [there, here] = await Promise.all([own.connect('core'), own.connect('dispatcher')]);
  let debug = false;
  there.serve(hello, async () => greeting(0, debug));
  await node.start(here, stopping.signal);
  await server.kill();
  await expect.poll(() => here.connected, { timeout: 3000 }).toBe(false);
  debug = true;
  await pause(500);
  await server.start();
  await expect.poll(() => node.settings, { timeout: 8000 }).toEqual(settings(true));
  stopping.abort(new Error('stopped'));
  await own.close();
  await server.stop();
});

test('told to stop while core is silent, it stops waiting', async () => {
  const started = node.start(app, stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(started).rejects.toThrow('stopped');
  expect(node.known).toBe(false);
});
