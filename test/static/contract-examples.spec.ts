import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '#contracts';
import { graphWebhookWriter, joinGraphWebhook } from '#dialects/graph';
import { joinOnPremWebhook, onPremWebhookWriter } from '#dialects/on-prem';
import type { AssetEvent, MessageEvent } from '#domain';

const EXAMPLES = new URL('../../libs/contracts/examples/', import.meta.url);
const graph = {
  version: 'v23.0',
  fields: ['messages', 'message_template_status_update', 'phone_number_name_update'],
  wabaIds: ['923203565690288'],
};
const onPrem = { phoneNumberId: '670318927213996', statuses: { sent: true, delivered: true, read: true } };

/** How many webhook changes each event becomes, at a Graph endpoint and at an On-Premises one. */
const changes: Record<string, readonly [graph: number, onPrem: number]> = {
  'endpoint.changed': [0, 0],
  'endpoint.removed': [0, 0],
  'message.accepted': [0, 0],
  'message.received.image': [1, 1],
  'message.received.text': [1, 1],
  'message.status.delivered': [1, 1],
  'message.status.expired': [0, 1],
  'message.status.failed': [1, 1],
  'message.status.read': [1, 1],
  'message.status.sent': [1, 1],
  'phone-number.changed': [0, 0],
  'phone-number.name-reviewed': [1, 0],
  'template.status': [1, 0],
};

/** Events wait in streams and backlogs while a node is upgraded, so each shape that was ever sent is kept and must go on being understood. */
describe('events of every release so far', () => {
  const names = readdirSync(EXAMPLES).map((file) => file.replace(/\.json$/, ''));

  it('are all known here', () => {
    expect(names.toSorted()).toEqual(Object.keys(changes).toSorted());
  });

  it.each(names)('%s is written for both dialects', (name) => {
    const event = JSON.parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8')) as DomainEvent;
    const told = event as MessageEvent | AssetEvent;
    const atGraph = graphWebhookWriter(graph)(told);
    const atOnPrem = onPremWebhookWriter(onPrem)(told);
    expect([atGraph ? 1 : 0, atOnPrem ? 1 : 0]).toEqual(changes[name]);
    if (atGraph) expect(JSON.parse(joinGraphWebhook([atGraph]).join(''))).toHaveProperty('entry.0.changes.0.value');
    if (atOnPrem) expect(JSON.stringify(joinOnPremWebhook([atOnPrem]))).toContain('491713920001');
  });
});
