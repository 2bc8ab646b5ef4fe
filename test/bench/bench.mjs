// The course of a bench: nodes, thermometer, scenarios in turn, the table.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Trouble } from '../../deploy/local/trouble.mjs';
import { APPS, startBenchNode } from './bench-node.mjs';
import { fill } from './fill.mjs';
import { profiled, profilingEnv, showProfiles } from './profiles.mjs';
import { commit, machine, missed, ratiosOf, table, writeLatest } from './report.mjs';
import { GROWN, round, runScenario, SCENARIOS } from './scenarios.mjs';
import { Thermometer } from './thermometer.mjs';

/** What runs before anything is measured, so that the just-in-time compiler has seen it all. */
const WARM_UP = { load: { connections: 64 }, rate: 'finished', seconds: 15 };
/** Four apps under load, resident. */
const MEMORY_GOAL_MB = 800;

/** No window and no queue takes so long: something stood still, and what the apps said of it goes with the node's home. */
const STALL_MS = 1_000;

/** @returns {Promise<boolean>} whether all checks held; goals that are missed are only told */
export async function bench({ screen, signal, options }) {
  const chosen = SCENARIOS.filter(({ name, group }) => [undefined, name, group].includes(options.scenario));
  const withGrown = options.scenario === undefined || options.scenario === GROWN.name;
  if (chosen.length === 0 && !withGrown) {
    throw new Trouble(
      `There is no scenario ${options.scenario}: ${[...SCENARIOS.map(({ name }) => name), GROWN.name].join(', ')}`,
    );
  }
  const course = new Course({ screen, signal, options });
  try {
    await course.begin();
    // First, while the one node is still empty.
    if (withGrown) await course.grown();
    for (const scenario of chosen) await course.run(scenario);
    return await course.conclude();
  } finally {
    await course.end();
  }
}

class Course {
  result = { commit: commit(), machine: {}, scenarios: {}, ratios: {}, memoryMb: {} };
  goalsMissed = [];

  constructor({ screen, signal, options }) {
    Object.assign(this, { screen, signal, options });
  }

  async begin() {
    this.empty = await this.start('empty');
    this.result.machine = await machine(this.empty);
    this.thermometer = new Thermometer();
    await this.screen.step('warming up', () => runScenario(this.empty, WARM_UP));
    await this.takeTemperature();
  }

  start(name) {
    const { screen, signal, options } = this;
    return startBenchNode({
      screen,
      signal,
      name,
      customers: options.customers,
      idempotency: options.idempotency,
      profile: options.profile && name === 'empty' ? { appEnv: profilingEnv(options) } : undefined,
    });
  }

  takeTemperature() {
    return this.screen.step('thermometer', async (note) => {
      this.reading = await this.thermometer.read(this.empty);
      const { echoPerSecond, loaderUs, insertsPerSecond } = this.reading;
      note(`echo ${round(echoPerSecond)}/s, loader ${round(loaderUs)} µs, inserts ${round(insertsPerSecond)}/s`);
      return this.reading;
    });
  }

  async run(scenario) {
    const seconds = this.options.seconds ?? scenario.seconds;
    const before = this.reading;
    const around = this.options.profile ? (work) => profiled(this.empty, work) : undefined;
    const figures = await this.measure(scenario.name, this.empty, { ...scenario, seconds, around });
    const after = await this.takeTemperature();
    this.note(scenario.name, figures, [before, after]);
    this.goalsMissed.push(...missed(scenario.name, figures, scenario.goal));
    if (this.options.profile) await showProfiles(this.empty, figures.accepted, (line) => this.screen.line(line));
  }

  async measure(name, node, scenario) {
    this.signal.throwIfAborted();
    return await this.screen.step(`${name}, ${scenario.seconds} s`, async (note) => {
      const began = new Date().toISOString();
      const figures = await runScenario(node, scenario);
      note(`${figures.perSecond}/s, p99 ${figures.p99Ms} ms, server ${figures.cpuUsPerMessage.server} µs a message`);
      if (figures.deliveredP99Ms > STALL_MS) for (const line of await warningsSince(node, began)) this.screen.line(line);
      return figures;
    });
  }

  /** The same load on an empty node and on a full one, in turn. */
  async grown() {
    const { screen, options } = this;
    const full = await this.start('grown');
    try {
      await screen.step(`${options.messages} messages`, (note) => fill(full, options.messages, note));
      await screen.step('warming up (grown)', () => runScenario(full, WARM_UP));
      const seconds = options.seconds ?? GROWN.seconds;
      const rounds = { 'grown-empty': [], 'grown-full': [] };
      const first = await this.takeTemperature();
      for (let round = 0; round < GROWN.rounds; round++) {
        rounds['grown-empty'].push(await this.measure('grown-empty', this.empty, { ...GROWN, seconds }));
        rounds['grown-full'].push(await this.measure('grown-full', full, { ...GROWN, seconds }));
      }
      const last = await this.takeTemperature();
      const [empty, old] = Object.entries(rounds).map(([name, figures]) => {
        const middle = median(figures);
        this.note(name, { ...middle, troubles: figures.flatMap(({ troubles }) => troubles) }, [first, last]);
        return middle;
      });
      const rate = old.perSecond / empty.perSecond;
      const cpu = old.cpuUsPerMessage.server / empty.cpuUsPerMessage.server;
      this.result.ratios.grown = { rate: Math.round(rate * 1_000) / 1_000, cpuUsPerMessage: Math.round(cpu * 1_000) / 1_000 };
      if (rate < GROWN.goal.rate) this.goalsMissed.push(`grown: ${round(rate * 100)} % of the empty node's rate`);
      if (cpu > GROWN.goal.cpu) this.goalsMissed.push(`grown: ${round(cpu * 100)} % of the empty node's CPU`);
    } finally {
      await full.close();
    }
  }

  note(name, figures, readings) {
    const { result } = this;
    result.scenarios[name] = figures;
    result.ratios[name] = ratiosOf(figures, readings);
    if (figures.memoryMb.total > (result.memoryMb.total ?? 0)) result.memoryMb = figures.memoryMb;
  }

  async conclude() {
    const { screen, result } = this;
    const { total } = result.memoryMb;
    if (total > MEMORY_GOAL_MB) this.goalsMissed.push(`memory: ${total} MB, wanted at most ${MEMORY_GOAL_MB}`);
    screen.line(`\n${table(result)}`);
    const memory = Object.entries(result.memoryMb).map(([name, mb]) => `${name} ${mb}`);
    screen.line(`\nMemory under load, MB: ${memory.join(', ')}`);
    if (result.ratios.grown) {
      screen.line(
        `Grown: ${result.ratios.grown.rate} × the rate, ${result.ratios.grown.cpuUsPerMessage} × the CPU of an empty node`,
      );
    }
    for (const goal of this.goalsMissed) screen.line(`  ✗ ${goal}`);
    screen.line(`Written to ${writeLatest(result)}`);
    return Object.values(result.scenarios).every(({ troubles }) => troubles.length === 0);
  }

  async end() {
    this.thermometer?.end();
    await this.empty?.close();
  }
}

/** By rate; a run is reported whole, so that its figures belong together. */
function median(figures) {
  return [...figures].sort((a, b) => a.perSecond - b.perSecond)[Math.floor((figures.length - 1) / 2)];
}

/** What the apps of a node have warned of since then (ISO time), and what outbox and consumers have told, as they logged it. */
async function warningsSince({ node }, began) {
  const told = [];
  for (const app of APPS) {
    for await (const line of createInterface({ input: createReadStream(node.apps[app].logFile) })) {
      if (!/^{"level":"(warn|error)"|"event":"(outbox|events)\./.test(line)) continue;
      if ((/"time":"([^"]+)"/.exec(line)?.[1] ?? '') >= began) told.push(line);
    }
  }
  return told;
}
