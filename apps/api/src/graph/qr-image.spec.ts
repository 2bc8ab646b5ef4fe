import { PNG } from 'pngjs';
import decodeQR from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { drawQrCode } from './qr-image.js';

const TEXT = 'https://node.example/message/5QBPAD2DC6L5A2';

describe('a QR code', () => {
  it('as PNG reads what was written', () => {
    const { type, bytes } = drawQrCode(TEXT, 'PNG');
    expect(type).toBe('image/png');
    const { width, height, data } = PNG.sync.read(bytes);
    expect(width).toBe(height);
    expect(decodeQR({ width, height, data })).toBe(TEXT);
  });

  it('as SVG is one image that runs nothing', () => {
    const { type, bytes } = drawQrCode(TEXT, 'SVG');
    expect(type).toBe('image/svg+xml');
    expect(bytes.toString()).toMatch(/<svg[^>]*viewBox=/);
    expect(bytes.toString()).not.toMatch(/script|href/);
  });
});
