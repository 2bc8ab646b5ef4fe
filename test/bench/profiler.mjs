// Loaded into an app by `--import`: SIGUSR2 begins a CPU profile, the next one writes it to BENCH_PROFILE_FILE. With
// BENCH_PROFILE_ALLOCATIONS it is a sample of what was allocated instead, also of what was collected meanwhile.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const EVERY_US = 250;
const BYTES_A_SAMPLE = 16_384;
const file = process.env.BENCH_PROFILE_FILE;
const allocations = process.env.BENCH_PROFILE_ALLOCATIONS === 'true';

if (file) {
  let session;
  process.on('SIGUSR2', () => {
    if (session) {
      session.post(allocations ? 'HeapProfiler.stopSampling' : 'Profiler.stop', (error, answer) => {
        if (!error) writeFileSync(file, JSON.stringify(answer.profile));
        session.disconnect();
        session = undefined;
      });
      return;
    }
    session = new Session();
    session.connect();
    if (allocations) {
      session.post('HeapProfiler.startSampling', {
        samplingInterval: BYTES_A_SAMPLE,
        includeObjectsCollectedByMajorGC: true,
        includeObjectsCollectedByMinorGC: true,
      });
      return;
    }
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: EVERY_US });
    session.post('Profiler.start');
  });
}
