/** The smallest files that are by their bytes what they are said to be. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const webp = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
const ogg = Buffer.concat([
  Buffer.from('OggS\0\u0002', 'latin1'),
  Buffer.alloc(20),
  Buffer.from('\u0001\u0013OpusHead\u0001\u0001', 'latin1'),
  Buffer.alloc(24),
]);
// One frame of silence, MPEG 1 layer III at 128 kbit/s.
const mp3 = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)]);
const mp4 = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypmp42', 'latin1'),
  Buffer.alloc(4),
  Buffer.from('mp42isom', 'latin1'),
]);

export const sampleMedia = {
  image: { type: 'image/png', filename: 'dot.png', bytes: png },
  sticker: { type: 'image/webp', filename: 'dot.webp', bytes: webp },
  audio: { type: 'audio/ogg', filename: 'voice.ogg', bytes: ogg },
  music: { type: 'audio/mpeg', filename: 'song.mp3', bytes: mp3 },
  video: { type: 'video/mp4', filename: 'clip.mp4', bytes: mp4 },
  document: { type: 'application/pdf', filename: 'page.pdf', bytes: Buffer.from('%PDF-1.4\n%%EOF\n') },
} as const;

export type SampleMedia = keyof typeof sampleMedia;

export function blobOf(kind: SampleMedia): Blob {
  const { bytes, type } = sampleMedia[kind];
  return new Blob([bytes], { type });
}
