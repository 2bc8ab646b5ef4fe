import { expect, it } from 'vitest';
import { writeMedia } from './media.js';

it('media is written with its address and its digest in base64', () => {
  const media = {
    id: '100000000000009' as never,
    mimeType: 'image/png',
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    bytes: 4,
    expiresAt: 0,
  };
  expect(writeMedia(media, 'https://node.example/media/9')).toEqual({
    messaging_product: 'whatsapp',
    url: 'https://node.example/media/9',
    mime_type: 'image/png',
    sha256: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
    file_size: 4,
    id: '100000000000009',
  });
});
