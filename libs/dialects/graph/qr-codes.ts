import { ok, refuse, type Result } from '#domain';
import { Reader } from '#dialects/message-body';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

export type QrImageFormat = 'PNG' | 'SVG';

const MAX_MESSAGE = 140;
const CODE = /^[A-Z2-7]{14}$/;
const formats = ['PNG', 'SVG'] as const;

export interface QrCodeRequest {
  /** Given: this code gets another message. */
  readonly code: string | undefined;
  readonly prefilledMessage: string;
  readonly image: QrImageFormat | undefined;
}

/** `POST /{phone-number-id}/message_qrdls`; the format of the image is taken in any case, as clients write it. */
export function readQrCode(parameters: unknown): Result<QrCodeRequest> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const sent = reader.asObject(parameters, '');
  const format = sent['generate_qr_image'];
  const json = typeof format === 'string' ? { ...sent, generate_qr_image: format.toUpperCase() } : sent;
  const code = reader.optionalText(json, '', 'code', 100) || undefined;
  if (code !== undefined && !isQrCode(code)) reader.invalid('code', 'must have 14 of A-Z and 2-7');
  const image = json['generate_qr_image'] === undefined ? undefined : reader.oneOf(json, '', 'generate_qr_image', formats);
  return reader.finish({ code, prefilledMessage: reader.text(json, '', 'prefilled_message', MAX_MESSAGE), image });
}

/** Whether a text can be a code; another one is answered as one that does not exist. */
export function isQrCode(text: string): boolean {
  return CODE.test(text);
}

/** A code with the addresses that lead to it. */
export interface QrCodeNode {
  readonly code: string;
  readonly prefilledMessage: string;
  readonly createdAt: number;
  readonly link: string;
  readonly imageUrl: string | undefined;
}

const writer: NodeWriter<QrCodeNode> = {
  code: (code) => code.code,
  prefilled_message: (code) => code.prefilledMessage,
  deep_link_url: (code) => code.link,
  creation_time: (code) => Math.floor(code.createdAt / 1000),
  qr_image_url: (code) => code.imageUrl,
  // A code is known by itself; it has no id beside it.
  id: () => undefined,
};

const defaults = ['code', 'prefilled_message', 'deep_link_url'];

export interface QrCodeFields {
  readonly names: readonly string[];
  /** Undefined: no image is wanted. */
  readonly image: QrImageFormat | undefined;
}

/** The fields of a code; `qr_image_url.format(SVG)` says which image. */
export function chooseQrCodeFields(selection: readonly SelectedField[] | undefined): Result<QrCodeFields> {
  const chosen = chooseFields(selection, writer, defaults, 'WhatsAppBusinessQRCode');
  if (!chosen.ok) return chosen;
  const wanted = selection?.find((field) => field.name === 'qr_image_url');
  if (!wanted) return ok({ names: chosen.value, image: undefined });
  const format = (wanted.arguments['format'] ?? 'SVG').replaceAll(/["']/g, '').toUpperCase();
  const image = formats.find((one) => one === format);
  if (!image) return refuse('invalid-parameter', 'The format of qr_image_url must be SVG or PNG', { field: 'fields' });
  // A code is what one reads them for.
  return ok({ names: [...new Set([...chosen.value, 'code'])], image });
}

/** What a new or changed code is answered with. */
export function writeQrCode(code: QrCodeNode, fields?: QrCodeFields): Readonly<Record<string, unknown>> {
  return writeNode(code, fields?.names ?? [...defaults, 'qr_image_url'], writer);
}
