// Loaded into an app by `--import`: SIGUSR2 begins a CPU profile, the next one writes it to BENCH_PROFILE_FILE.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const EVERY_US = 250;
const file = process.env.BENCH_PROFILE_FILE;

if (file) {
  let session;
  process.on('SIGUSR2', () => {
    if (session) {
      session.post('Profiler.stop', (error, answer) => {
        if (!error) writeFileSync(file, JSON.stringify(answer.profile));
        session.disconnect();
        session = undefined;
      });
      return;
    }
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: EVERY_US });
    session.post('Profiler.start');
  });
}
