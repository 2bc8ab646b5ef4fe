import { describe, expect, it } from 'vitest';
import type { Bus } from '#bus';
import { RecordingLog } from '#runtime/testing';
import { BusHandsetSockets } from './handset-sockets.js';

type Pushes = Parameters<BusHandsetSockets['push']>[1];

const aPush = (text: string): Pushes =>
  [{ handsetId: 'h1', message: { id: text, body: { type: 'text', text } } }] as unknown as Pushes;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('BusHandsetSockets', () => {
  it('goes on after a push that could not be published', async () => {
    const published: string[] = [];
    const bus = {
      instance: 'core-1',
      publish: ({ name }: { readonly name: string }, { messages }: { readonly messages: Pushes }) => {
        if (name.includes('broken')) throw new Error('the payload is too large');
        published.push(...messages.map(({ message }) => message.id));
      },
    };
    const log = new RecordingLog();
    const sockets = new BusHandsetSockets(bus as unknown as Bus, log);
    sockets.push('broken', aPush('one'));
    sockets.push('api-1', aPush('two'));
    await turn();
    sockets.push('api-1', aPush('three'));
    sockets.push('api-1', aPush('four'));
    await turn();
    expect(published).toEqual(['two', 'three', 'four']);
    expect(log.of('handsets.push-failed')).toMatchObject([{ fields: { instance: 'broken', messages: 1 } }]);
  });
});
