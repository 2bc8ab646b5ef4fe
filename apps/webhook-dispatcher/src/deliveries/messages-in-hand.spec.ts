import { describe, expect, it } from 'vitest';
import { MessagesInHand, type Settleable } from './messages-in-hand.js';

class Message implements Settleable {
  readonly words: string[] = [];
  constructor(readonly id: string) {}
  ack(): void {
    this.words.push('ack');
  }
  nak(delayMs: number): void {
    this.words.push(`nak ${delayMs}`);
  }
}

describe('messages in hand', () => {
  it('a message that nobody wants is settled at once', () => {
    const message = new Message('1');
    const inHand = new MessagesInHand<Message>();
    inHand.hold(message, 0);
    expect(message.words).toEqual(['ack']);
    expect(inHand.size).toBe(0);
  });

  it('is acked when the last share has ended, and not before', () => {
    const message = new Message('1');
    const inHand = new MessagesInHand<Message>();
    inHand.hold(message, 2);
    inHand.settled('1', true);
    expect(message.words).toEqual([]);
    inHand.settled('1', true);
    expect(message.words).toEqual(['ack']);
    expect(inHand.size).toBe(0);
  });

  it('is asked for again when one share failed, once all have ended', () => {
    const message = new Message('1');
    const inHand = new MessagesInHand<Message>();
    inHand.hold(message, 2);
    inHand.settled('1', false);
    expect(message.words).toEqual([]);
    inHand.settled('1', true);
    expect(message.words).toEqual(['nak 1000']);
  });

  it('one that comes again meanwhile is not worked on twice, and both copies are settled', () => {
    const [first, second] = [new Message('1'), new Message('1')];
    const inHand = new MessagesInHand<Message>();
    expect(inHand.takesOver(first)).toBe(false);
    inHand.hold(first, 1);
    expect(inHand.takesOver(second)).toBe(true);
    inHand.settled('1', true);
    expect([first.words, second.words]).toEqual([['ack'], ['ack']]);
    expect(inHand.takesOver(new Message('1'))).toBe(false);
  });
});
