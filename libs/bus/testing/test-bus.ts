import { randomBytes, randomInt } from 'node:crypto';
import { JetStreamApiError, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { NodeClock, type Log } from '#runtime';
import { SilentLog } from '#runtime/testing';
import { Bus } from '../bus.js';
import type { Exclusively } from '../event-stream.js';
import { accountName } from './nats-server.js';

/** How many specs of one run can have a bus of their own. */
export const TEST_ACCOUNTS = 400;

export interface TestBus {
  /** For whatever connects by itself, such as an app under test. */
  readonly url: string;
  /** `core` makes the event stream, as it does in a node. */
  connect(name: string, options?: { readonly log?: Log; readonly makesStream?: Exclusively }): Promise<Bus>;
  /** Closes every bus that `connect` gave. */
  close(): Promise<void>;
}

/** A bus on the test run's server (`TEST_NATS_URL`) that nobody else uses and that holds nothing yet. */
export async function testBus(): Promise<TestBus> {
  const server = process.env['TEST_NATS_URL'];
  if (!server) throw new Error('TEST_NATS_URL is not set: is this spec named *.integration-spec.ts?');
  return busAt(await claimAccount(server));
}

/** The same over a server that the spec has started itself. */
export function busAt(url: string): TestBus {
  const opened: Bus[] = [];
  return {
    url,
    connect: async (name, options) => {
      const bus = await Bus.connect({
        url,
        name,
        log: options?.log ?? new SilentLog(),
        clock: new NodeClock(),
        makesStream: options?.makesStream ?? (name === 'core' ? (work) => work() : undefined),
      });
      opened.push(bus);
      return bus;
    },
    close: async () => {
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
    },
  };
}

/** Consumes all events as the dispatcher does, settles each, and notes its id. */
export function noteEvents(bus: Bus, seen: string[]): void {
  bus.consumeEvents({
    durable: 'dispatcher',
    subjects: 'relais.events.>',
    maxBatch: 10,
    handle: async (batch) => {
      for (const message of batch) {
        seen.push(message.id);
        message.ack();
      }
    },
  });
}

/** Spec files run in processes that do not know each other, so the server decides who comes first: a stream has one creator. */
async function claimAccount(server: string): Promise<string> {
  const first = randomInt(TEST_ACCOUNTS);
  for (let tried = 0; tried < TEST_ACCOUNTS; tried++) {
    const name = accountName((first + tried) % TEST_ACCOUNTS);
    const nats = await connect({
      servers: new URL(server).host,
      user: name,
      pass: name,
    });
    try {
      const manager = await jetstreamManager(nats);
      const claim = {
        name: 'CLAIMED',
        subjects: ['claimed'],
        storage: StorageType.Memory,
      };
      await manager.streams.add({
        ...claim,
        description: randomBytes(8).toString('hex'),
      });
      return server.replace('://', `://${name}:${name}@`);
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
    } finally {
      await nats.close();
    }
  }
  throw new Error(`all ${TEST_ACCOUNTS} accounts of the test server are taken`);
}
