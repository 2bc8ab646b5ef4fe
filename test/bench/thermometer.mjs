// How fast the machine is right now. A shared machine drifts by a third within minutes: only beside these does a figure mean much.
import { startChild } from './child.mjs';
import { cpuBetween, cpuNow } from './processes.mjs';

const SECONDS = 1.5;
const CONNECTIONS = 64;

export class Thermometer {
  echo = startChild('echo.mjs');
  inserter = startChild('inserter.mjs');
  port;
  readings = [];

  /** @param {{ node: any, loader: any, pids(): Record<string, number> }} bench whose loader and Postgres are used, while it is idle */
  async read({ node, loader, pids }) {
    this.port ??= await this.echo.ask('listen');
    const everybody = () => cpuNow({ ...pids(), echo: this.echo.pid, inserter: this.inserter.pid });
    let before = everybody();
    const echo = await loader.ask('plain', {
      host: '127.0.0.1',
      port: this.port,
      path: '/echo',
      connections: CONNECTIONS,
      seconds: SECONDS,
    });
    const ofEcho = cpuBetween(before, everybody());
    before = everybody();
    const insert = await this.inserter.ask('insert', { url: node.postgres.url, seconds: SECONDS });
    const ofInsert = cpuBetween(before, everybody());
    const reading = {
      echoPerSecond: echo.answered / echo.seconds,
      echoUs: ofEcho.echo / echo.answered,
      loaderUs: ofEcho.loader / echo.answered,
      insertsPerSecond: insert.rows / insert.seconds,
      insertUs: ofInsert.postgres / insert.rows,
    };
    this.readings.push(reading);
    return reading;
  }

  end() {
    this.echo.end();
    this.inserter.end();
  }
}
