import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JoinedLines } from './joined-lines.js';
import { createLog } from './log.js';
import { RecordingLog } from './testing/index.js';

interface Silence {
  readonly keeper: string;
  readonly sends: number;
  readonly numbers: readonly string[];
  readonly reason: string;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('joined lines', () => {
  let written: object[];
  let lines: JoinedLines<Silence>;
  const tell = (sends: number, { keeper = 'core-2', numbers = ['1'], reason = 'timeout' }: Partial<Silence> = {}): void =>
    lines.tell({ keeper, sends, numbers, reason });

  beforeEach(() => {
    written = [];
    lines = new JoinedLines<Silence>((fields) => void written.push(fields), {
      by: ({ keeper }) => keeper,
      adds: ['sends'],
      lists: ['numbers'],
    });
  });

  it('begin with one at once', () => {
    tell(3);
    expect(written).toEqual([{ keeper: 'core-2', sends: 3, numbers: ['1'], reason: 'timeout', times: 1 }]);
  });

  it('go on with one a second, which stands for all since the one before', () => {
    tell(1);
    for (let at = 0; at < 30; at++) {
      vi.advanceTimersByTime(100);
      tell(at, { numbers: [`${at % 3}`], reason: `reason ${at}` });
    }
    vi.advanceTimersByTime(10_000);
    expect(written.slice(1)).toEqual([
      { keeper: 'core-2', sends: 36, numbers: ['0', '1', '2'], reason: 'reason 8', times: 9 },
      { keeper: 'core-2', sends: 135, numbers: ['0', '1', '2'], reason: 'reason 18', times: 10 },
      { keeper: 'core-2', sends: 235, numbers: ['1', '2', '0'], reason: 'reason 28', times: 10 },
      { keeper: 'core-2', sends: 29, numbers: ['2'], reason: 'reason 29', times: 1 },
    ]);
  });

  it('are written at once again after a second of silence, and none comes of itself', () => {
    tell(1);
    vi.advanceTimersByTime(1_000);
    expect(written).toHaveLength(1);
    tell(2);
    expect(written).toHaveLength(2);
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are joined with their like only', () => {
    tell(1);
    tell(10, { keeper: 'core-3' });
    tell(2);
    tell(20, { keeper: 'core-3' });
    vi.advanceTimersByTime(1_000);
    expect(written).toMatchObject([
      { keeper: 'core-2', sends: 1 },
      { keeper: 'core-3', sends: 10 },
      { keeper: 'core-2', sends: 2 },
      { keeper: 'core-3', sends: 20 },
    ]);
  });

  it('lose nothing when they are flushed, and go on as before', () => {
    tell(1);
    tell(2);
    lines.flush();
    expect(written).toMatchObject([{ sends: 1 }, { sends: 2, times: 1 }]);
    tell(3);
    expect(written).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(written).toMatchObject([{ sends: 1 }, { sends: 2 }, { sends: 3 }]);
  });
});

describe('a writer of joined warnings', () => {
  it('needs to be told nothing about how', () => {
    const log = new RecordingLog();
    const tell = log.joinedWarnings<{ open: number }>('sends.overloaded');
    for (let open = 0; open < 5; open++) tell({ open });
    vi.advanceTimersByTime(1_000);
    expect(log.lines).toEqual([
      { level: 'warn', event: 'sends.overloaded', fields: { open: 0, times: 1 } },
      { level: 'warn', event: 'sends.overloaded', fields: { open: 4, times: 4 } },
    ]);
  });

  it('has written everything once its log is flushed', () => {
    const lines: string[] = [];
    const log = createLog({ app: 'core', instance: 'c', level: 'info', destination: { write: (line) => void lines.push(line) } });
    const tell = log.child({ part: 'x' }).joinedWarnings<{ error: Error }>('x.failed');
    tell({ error: new Error('first') });
    tell({ error: new Error('second') });
    expect(lines).toHaveLength(1);
    log.flush();
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', part: 'x', event: 'x.failed', error: { message: 'first' }, times: 1 },
      { level: 'warn', part: 'x', event: 'x.failed', error: { message: 'second' }, times: 1 },
    ]);
  });
});
