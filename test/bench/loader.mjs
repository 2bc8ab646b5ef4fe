// The loader: a process of its own that sends and measures, and does nothing else, so that its own CPU per request can be told.
import { Connection, jsonRequest, machineMs } from './http-client.mjs';
import { serveParent } from './child.mjs';
import { randomFrom, Sends, someTexts } from './texts.mjs';

const LONGEST_PAUSE_MS = 1_000;
/** Requests of the open loop that wait for a connection; beyond, the node is hopelessly behind and the run ends. */
const MOST_BEHIND = 200_000;

let sends;
let target;

/** What is known of a run's requests; arrays of equal length, in the order of the answers. */
class Run {
  ids = [];
  startedAt = [];
  answeredAt = [];
  errors = {};
  requests = 0;

  /** @param {number} startedAt when it was sent, or was to be sent */
  note(status, text, startedAt) {
    this.requests += 1;
    if (status === 200) {
      const from = text.indexOf('wamid.');
      const id = text.slice(from, text.indexOf('"', from));
      if (from >= 0) {
        this.ids.push(id);
        this.startedAt.push(startedAt);
        this.answeredAt.push(machineMs());
        return;
      }
    }
    const kind = status === 0 ? 'no answer' : String(status);
    this.errors[kind] ??= { count: 0, example: text.slice(0, 300) };
    this.errors[kind].count += 1;
  }

  result(beganAt) {
    return {
      ids: this.ids,
      startedAt: Float64Array.from(this.startedAt),
      answeredAt: Float64Array.from(this.answeredAt),
      errors: this.errors,
      requests: this.requests,
      beganAt,
      endedAt: machineMs(),
    };
  }
}

/** So many connections, each of which sends again as soon as it was answered. */
async function closedLoop({ connections, seconds }) {
  const run = new Run();
  const beganAt = machineMs();
  const until = beganAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: connections }, () => {
      const connection = new Connection(target.host, target.port);
      return new Promise((resolve) => {
        const again = () => {
          const now = machineMs();
          if (now >= until) {
            connection.close();
            resolve();
            return;
          }
          connection.send(sends.next(), (status, text, retryAfter) => {
            run.note(status, text, now);
            if (status === 200) again();
            else setTimeout(again, Math.min(retryAfter * 1_000, LONGEST_PAUSE_MS) || 100);
          });
        };
        again();
      });
    }),
  );
  return run.result(beganAt);
}

/** A fixed schedule of arrivals that waits for nobody: what comes too late is late from the moment it was due. */
async function openLoop({ perSecond, seconds, connections }) {
  const run = new Run();
  const total = Math.round(perSecond * seconds);
  const idle = Array.from({ length: connections }, () => new Connection(target.host, target.port));
  const all = [...idle];
  const due = [];
  const beganAt = machineMs();
  let made = 0;
  let finished = 0;
  await new Promise((resolve, reject) => {
    const leave = (connection, intendedAt) => {
      connection.send(sends.next(), (status, text) => {
        run.note(status, text, intendedAt);
        finished += 1;
        if (finished === total) return resolve();
        const next = due.shift();
        if (next === undefined) idle.push(connection);
        else leave(connection, next);
      });
    };
    const tick = () => {
      const now = machineMs();
      while (made < total) {
        const intendedAt = beganAt + (made * 1_000) / perSecond;
        if (intendedAt > now) break;
        made += 1;
        const connection = idle.pop();
        if (connection) leave(connection, intendedAt);
        else due.push(intendedAt);
      }
      if (due.length > MOST_BEHIND) return reject(new Error(`${due.length} requests behind the schedule`));
      if (made < total) setTimeout(tick, 1);
    };
    tick();
  });
  for (const connection of all) connection.close();
  return run.result(beganAt);
}

/** The same client against any server: the thermometer. */
async function plain({ host, port, path, connections, seconds }) {
  const texts = someTexts(randomFrom(1));
  const requests = texts.map((text) =>
    jsonRequest({
      host: `${host}:${port}`,
      path,
      body: { messaging_product: 'whatsapp', to: '491700000000', text: { body: text } },
    }),
  );
  const beganAt = machineMs();
  const until = beganAt + seconds * 1_000;
  let answered = 0;
  await Promise.all(
    Array.from({ length: connections }, (_, start) => {
      const connection = new Connection(host, port);
      return new Promise((resolve, reject) => {
        let next = start;
        const again = () => {
          if (machineMs() >= until) {
            connection.close();
            resolve();
            return;
          }
          connection.send(requests[next++ % requests.length], (status, text) => {
            if (status !== 200) return reject(new Error(`the echo answered ${status}: ${text}`));
            answered += 1;
            again();
          });
        };
        again();
      });
    }),
  );
  return { answered, seconds: (machineMs() - beganAt) / 1_000 };
}

/** Many calls of the API at once; answers in order, each once it is a 2xx. */
async function callAll({ calls, connections }) {
  const answers = Array.from({ length: calls.length });
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(connections, calls.length) }, () => {
      const connection = new Connection(target.host, target.port);
      return new Promise((resolve, reject) => {
        const take = () => {
          const position = next++;
          if (position >= calls.length) {
            connection.close();
            resolve();
            return;
          }
          const request = jsonRequest({ host: `${target.host}:${target.port}`, ...calls[position] });
          const attempt = () =>
            connection.send(request, (status, text, retryAfter) => {
              if (status === 429 || status === 503) return setTimeout(attempt, (retryAfter || 1) * 1_000);
              if (status < 200 || status > 299)
                return reject(new Error(`${calls[position].path} was answered with ${status}: ${text.slice(0, 400)}`));
              answers[position] = text === '' ? undefined : JSON.parse(text);
              take();
            });
          attempt();
        };
        take();
      });
    }),
  );
  return answers;
}

serveParent({
  aim: (at) => void (target = at),
  furnish: (population) => void (sends = new Sends(population)),
  closedLoop,
  openLoop,
  plain,
  callAll,
});
