import { describe, expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.js';
import { RecordingLog, SilentLog } from './testing/index.js';

describe('Lifecycle', () => {
  it('drains before it stops, and stops in reverse', async () => {
    const lifecycle = new Lifecycle(new SilentLog());
    const seen: string[] = [];
    lifecycle.onStop('database', () => void seen.push('database'));
    lifecycle.onStop('bus', async () => {
      await Promise.resolve();
      seen.push('bus');
    });
    lifecycle.onDrain('sockets', () => void seen.push(`sockets, draining ${lifecycle.draining}`));
    expect(lifecycle.draining).toBe(false);
    expect(await lifecycle.stop(1_000)).toBe(true);
    expect(seen).toEqual(['sockets, draining true', 'bus', 'database']);
    expect(lifecycle.signal.aborted).toBe(true);
  });

  it('drains once', () => {
    const lifecycle = new Lifecycle(new SilentLog());
    let drained = 0;
    lifecycle.onDrain('sockets', () => void (drained += 1));
    lifecycle.beginDrain();
    lifecycle.beginDrain();
    expect(drained).toBe(1);
  });

  it('goes on past a part that fails or hangs, and says so', async () => {
    const log = new RecordingLog();
    const lifecycle = new Lifecycle(log);
    const seen: string[] = [];
    lifecycle.onStop('first', () => void seen.push('first'));
    lifecycle.onStop('hangs', () => new Promise(() => {}));
    lifecycle.onStop('breaks', () => Promise.reject(new Error('broken')));
    expect(await lifecycle.stop(120)).toBe(false);
    expect(seen).toEqual(['first']);
    expect(log.of('stop.failed').map(({ fields }) => fields['part'])).toEqual(['breaks', 'hangs']);
  });
});
