import { expect, it } from 'vitest';
import { blobOf, sampleMedia } from '../../support/sample-media.js';
import type { ClientBench } from '../../support/client-bench.js';
import type { Contract } from './contract.js';

/** Media: uploaded, described, downloaded, deleted. */
export function storiesOfMedia(contract: () => Contract, bench: () => ClientBench): void {
  it('a file is uploaded, described, downloaded and deleted', async () => {
    const { type, filename, bytes } = sampleMedia.image;
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', type);
    form.set('file', blobOf('image'), filename);
    const { id } = await contract().ask('POST /{Phone-Number-ID}/media', {
      path: { 'Phone-Number-ID': bench().phoneNumberId },
      form,
    });
    const path = { 'Media-ID': id };
    const facts = await contract().ask('GET /{Media-ID}', { path, query: { phone_number_id: bench().phoneNumberId } });
    expect(facts).toMatchObject({ id, messaging_product: 'whatsapp', mime_type: type, file_size: bytes.length });
    await contract().fetch('GET /{Media-URL}', facts.url);
    const downloaded = Buffer.from(await (await fetch(facts.url)).arrayBuffer());
    expect(downloaded.equals(bytes)).toBe(true);
    expect(await contract().ask('DELETE /{Media-ID}', { path })).toEqual({ success: true });
    expect((await contract().request('GET /{Media-ID}', { path })).status).toBe(400);
  });
}
