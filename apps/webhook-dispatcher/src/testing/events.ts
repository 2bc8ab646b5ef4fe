import type { GraphEndpoint, OnPremEndpoint } from '#contracts';
import type {
  BusinessId,
  CustomerId,
  EventId,
  MessageId,
  MessageReceived,
  MessageStatusChanged,
  PhoneNumberId,
  WabaId,
} from '#domain';

export const AT = 1_773_144_000_000;

const number = {
  id: '555000111222333' as PhoneNumberId,
  wabaId: '444000111222333' as WabaId,
  number: '493023125000',
  displayNumber: '+49 30 23125000',
};
const customer = { id: '7' as CustomerId, waId: '491713920001', name: 'Anna' };

let made = 0;

/** A status of message `messageId`; its events' ids count upwards. */
export function aStatus(
  messageId: string,
  status: MessageStatusChanged['status'],
  more: Partial<MessageStatusChanged> = {},
): MessageStatusChanged {
  return {
    type: 'message.status',
    id: `${++made}` as EventId,
    at: AT,
    businessId: '100' as BusinessId,
    messageId: messageId as MessageId,
    number,
    customer,
    status,
    statusAt: AT,
    bodyType: 'text',
    ...more,
  };
}

export function aTextReceived(messageId: string, text: string, more: Partial<MessageReceived> = {}): MessageReceived {
  return {
    type: 'message.received',
    id: `${++made}` as EventId,
    at: AT,
    businessId: '100' as BusinessId,
    messageId: messageId as MessageId,
    number,
    customer,
    receivedAt: AT,
    body: { type: 'text', text },
    windowUntil: AT + 86_400_000,
    ...more,
  };
}

export function aGraphEndpoint(more: Partial<GraphEndpoint> = {}): GraphEndpoint {
  return {
    dialect: 'graph',
    id: '9001',
    businessId: '100',
    url: 'https://crm.example/hook',
    appId: '300',
    appSecret: 'the-app-secret',
    fields: ['messages'],
    wabaIds: [number.wabaId],
    version: 'v23.0',
    ...more,
  };
}

export function anOnPremEndpoint(more: Partial<OnPremEndpoint> = {}): OnPremEndpoint {
  return {
    dialect: 'on-prem',
    id: '9002',
    businessId: '100',
    url: 'https://crm.example/callback',
    phoneNumberId: number.id,
    maxConcurrentRequests: 6,
    backoffStepMs: 3_000,
    backoffCeilingMs: 900_000,
    statuses: { sent: true, delivered: true, read: true },
    ...more,
  };
}
