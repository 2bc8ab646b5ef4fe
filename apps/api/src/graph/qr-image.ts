import { PNG } from 'pngjs';
import { encodeQR } from 'qr';
import type { QrImageFormat } from '#dialects/graph';

/** Modules of white around the code, which the standard asks for; and pixels of a module. */
const BORDER = 4;
const SCALE = 10;

export interface QrImage {
  readonly type: string;
  readonly bytes: Buffer;
}

/** A text as a QR code that can be read from a creased poster, too. */
export function drawQrCode(text: string, format: QrImageFormat): QrImage {
  switch (format) {
    case 'SVG':
      return { type: 'image/svg+xml', bytes: Buffer.from(encodeQR(text, 'svg', { ecc: 'quartile', border: BORDER })) };
    case 'PNG':
      return { type: 'image/png', bytes: drawPng(encodeQR(text, 'raw', { ecc: 'quartile', border: BORDER })) };
  }
}

function drawPng(modules: readonly (readonly boolean[])[]): Buffer {
  const size = modules.length * SCALE;
  const image = new PNG({ width: size, height: size, colorType: 0 });
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const isDark = modules[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] === true;
      image.data.fill(isDark ? 0 : 255, (y * size + x) * 4, (y * size + x) * 4 + 3);
      image.data[(y * size + x) * 4 + 3] = 255;
    }
  }
  return PNG.sync.write(image, { colorType: 0 });
}
