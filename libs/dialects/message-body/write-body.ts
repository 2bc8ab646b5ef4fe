import type {
  Body,
  MediaBody,
  MediaId,
  MediaRef,
  MessageId,
  TemplateBody,
  TemplateComponentValue,
  TemplateParameter,
} from '#domain';

/** How a dialect spells what a body only points at. */
export interface BodySpelling {
  /** The public id of the message that a reaction is for. */
  readonly messageId: (id: MessageId) => string;
  /** Default: the digits of the id. */
  readonly mediaId?: ((id: MediaId) => string) | undefined;
  /** Graph gives an address to download inbound media from; undefined leaves it out. */
  readonly mediaUrl?: ((id: MediaId, mimeType: string | undefined) => string | undefined) | undefined;
  /** The domain holds lower-case hex. Default: hex. */
  readonly sha256?: 'hex' | 'base64' | undefined;
  /** Default: `in-text`. */
  readonly previewUrl?: 'in-text' | 'beside' | undefined;
}

/** A body as both dialects write it: its type and, under that name, its content. */
export type BodyJson = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * Writes a body of either direction. `system` and `unsupported` are written as Graph has them; a dialect that says them
 * otherwise writes those two itself. Absent fields are left out, never null.
 */
export function writeBody(body: Body, spelling: BodySpelling): BodyJson {
  switch (body.type) {
    case 'text': {
      const preview = body.previewUrl === undefined ? {} : { preview_url: body.previewUrl };
      return spelling.previewUrl === 'beside'
        ? { type: 'text', ...preview, text: { body: body.text } }
        : { type: 'text', text: { body: body.text, ...preview } };
    }
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return { type: body.type, [body.type]: writeMedia(body, spelling) };
    case 'location': {
      const { type, ...location } = body;
      return { type, location };
    }
    case 'contacts':
      return { type: 'contacts', contacts: body.contacts };
    case 'reaction':
      return {
        type: 'reaction',
        reaction: { message_id: spelling.messageId(body.messageId), ...(body.emoji === '' ? {} : { emoji: body.emoji }) },
      };
    case 'interactive':
      return { type: 'interactive', interactive: body.interactive };
    case 'template':
      return { type: 'template', template: writeTemplate(body, spelling) };
    case 'button':
      return {
        type: 'button',
        button: { ...(body.payload === undefined ? {} : { payload: body.payload }), text: body.text },
      };
    case 'interactive_reply':
      return { type: 'interactive', interactive: body.reply };
    case 'order':
      return {
        type: 'order',
        order: {
          catalog_id: body.catalogId,
          ...(body.text === undefined ? {} : { text: body.text }),
          product_items: body.items.map((item) => ({
            product_retailer_id: item.productRetailerId,
            quantity: item.quantity,
            item_price: item.itemPrice,
            currency: item.currency,
          })),
        },
      };
    case 'system':
      return {
        type: 'system',
        system: {
          body: body.text,
          ...(body.newWaId === undefined ? {} : { wa_id: body.newWaId }),
          ...(body.identity === undefined ? {} : { identity: body.identity }),
          type: body.kind,
        },
      };
    case 'request_welcome':
      return { type: 'request_welcome' };
    case 'unsupported':
      return { type: 'unsupported', ...(body.kind === undefined ? {} : { unsupported: { type: body.kind } }) };
  }
}

function writeMedia(body: MediaBody, spelling: BodySpelling): Readonly<Record<string, unknown>> {
  return {
    ...(body.caption === undefined ? {} : { caption: body.caption }),
    ...(body.filename === undefined ? {} : { filename: body.filename }),
    ...writeMediaRef(body.media, spelling),
    ...(body.voice === undefined ? {} : { voice: body.voice }),
    ...(body.animated === undefined ? {} : { animated: body.animated }),
  };
}

function writeMediaRef(media: MediaRef, spelling: BodySpelling): Readonly<Record<string, unknown>> {
  if ('link' in media) {
    return { link: media.link, ...(media.provider === undefined ? {} : { provider: { name: media.provider } }) };
  }
  const url = spelling.mediaUrl?.(media.id, media.mimeType);
  return {
    ...(media.mimeType === undefined ? {} : { mime_type: media.mimeType }),
    ...(media.sha256 === undefined ? {} : { sha256: digest(media.sha256, spelling.sha256) }),
    id: spelling.mediaId ? spelling.mediaId(media.id) : media.id,
    ...(url === undefined ? {} : { url }),
  };
}

/** A SHA-256 in lower-case hex, or the same bytes in base64. */
export function digest(hex: string, as: 'hex' | 'base64' | undefined): string {
  return as === 'base64' ? Buffer.from(hex, 'hex').toString('base64') : hex;
}

function writeTemplate(body: TemplateBody, spelling: BodySpelling): Readonly<Record<string, unknown>> {
  return {
    ...(body.namespace === undefined ? {} : { namespace: body.namespace }),
    name: body.name,
    language: { code: body.language, policy: 'deterministic' },
    ...(body.components.length === 0 ? {} : { components: body.components.map((value) => writeComponent(value, spelling)) }),
  };
}

function writeComponent(value: TemplateComponentValue, spelling: BodySpelling): Readonly<Record<string, unknown>> {
  return {
    type: value.type,
    ...(value.subType === undefined ? {} : { sub_type: value.subType }),
    ...(value.index === undefined ? {} : { index: String(value.index) }),
    ...(value.cards === undefined
      ? { parameters: value.parameters.map((parameter) => writeParameter(parameter, spelling)) }
      : {
          cards: value.cards.map((card) => ({
            card_index: card.index,
            components: card.components.map((component) => writeComponent(component, spelling)),
          })),
        }),
  };
}

function writeParameter(parameter: TemplateParameter, spelling: BodySpelling): Readonly<Record<string, unknown>> {
  switch (parameter.type) {
    case 'text':
      return {
        type: 'text',
        ...(parameter.name === undefined ? {} : { parameter_name: parameter.name }),
        text: parameter.text,
      };
    case 'currency':
      return {
        type: 'currency',
        currency: { fallback_value: parameter.fallback, code: parameter.code, amount_1000: parameter.amount1000 },
      };
    case 'date_time':
      return { type: 'date_time', date_time: { fallback_value: parameter.fallback } };
    case 'image':
    case 'video':
    case 'document':
    case 'gif':
      return {
        type: parameter.type,
        [parameter.type]: {
          ...writeMediaRef(parameter.media, spelling),
          ...(parameter.filename === undefined ? {} : { filename: parameter.filename }),
        },
      };
    case 'location':
      return { type: 'location', location: parameter.location };
    case 'payload':
      return { type: 'payload', payload: parameter.payload };
    case 'other':
      return parameter.value;
  }
}
