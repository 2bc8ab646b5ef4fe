import { describe, expect, it } from 'vitest';
import { type Conversation, conversationFor, windowAfterInbound, windowIsOpen } from './conversation.js';
import type { ConversationId, MessageId } from './ids.js';
import type { TemplateCategory } from './template.js';

const HOUR = 3_600_000;

function delivered(hour: number, template?: TemplateCategory) {
  return { id: String(1_000 + hour) as MessageId, template, deliveredAt: hour * HOUR };
}

describe('the customer service window', () => {
  it.each([
    ['never written', undefined, 0, false],
    ['just now', windowAfterInbound(0), 1, true],
    ['one millisecond before its end', windowAfterInbound(0), 24 * HOUR - 1, true],
    ['at its end', windowAfterInbound(0), 24 * HOUR, false],
  ])('%s', (_, until, now, open) => {
    expect(windowIsOpen(until, now)).toBe(open);
  });
});

describe('conversationFor', () => {
  it('follows the timeline of the platform: marketing, a list inside it, a service conversation, a text inside that', () => {
    const open: Conversation[] = [];
    const h0 = conversationFor(delivered(0, 'MARKETING'), open);
    expect(h0).toMatchObject({ opened: true, conversation: { category: 'marketing', openedAt: 0, expiresAt: 24 * HOUR } });
    open.push(h0.conversation);
    expect(conversationFor(delivered(5), open)).toEqual({ opened: false, conversation: h0.conversation });
    const h25 = conversationFor(delivered(25), open);
    expect(h25).toMatchObject({ opened: true, conversation: { category: 'service', openedAt: 25 * HOUR, expiresAt: 49 * HOUR } });
    open.push(h25.conversation);
    expect(conversationFor(delivered(26), open)).toEqual({ opened: false, conversation: h25.conversation });
  });

  it('opens one conversation for each category of template', () => {
    const utility = conversationFor(delivered(0, 'UTILITY'), []).conversation;
    expect(conversationFor(delivered(1, 'UTILITY'), [utility]).opened).toBe(false);
    expect(conversationFor(delivered(1, 'MARKETING'), [utility])).toMatchObject({
      opened: true,
      conversation: { category: 'marketing' },
    });
  });

  it('lets a free-form message join the conversation that was opened last', () => {
    const first: Conversation = { id: '1' as ConversationId, category: 'utility', openedAt: 0, expiresAt: 24 * HOUR };
    const second: Conversation = { id: '2' as ConversationId, category: 'marketing', openedAt: HOUR, expiresAt: 25 * HOUR };
    expect(conversationFor(delivered(2), [first, second]).conversation.id).toBe('2');
    expect(conversationFor(delivered(2), [second, first]).conversation.id).toBe('2');
  });

  it('does not join what has ended or has not begun', () => {
    const past: Conversation = { id: '1' as ConversationId, category: 'utility', openedAt: 0, expiresAt: 24 * HOUR };
    const future: Conversation = { id: '2' as ConversationId, category: 'utility', openedAt: 40 * HOUR, expiresAt: 64 * HOUR };
    expect(conversationFor(delivered(24, 'UTILITY'), [past, future]).opened).toBe(true);
  });
});
