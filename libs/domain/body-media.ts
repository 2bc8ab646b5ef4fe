import type { MediaId } from './ids.js';
import type { MediaKind, MediaRef, OutboundBody } from './message.js';
import type { FilledHeader, FilledTemplate, TemplateComponentValue, TemplateParameter } from './template.js';

/** A link in a message, and what the file behind it is sent as. */
export interface LinkedMedia {
  readonly link: string;
  readonly kind: MediaKind;
  /** A voice note. */
  readonly isVoice?: boolean | undefined;
}

/** Media that a message names by its id, and what it is sent as. */
export interface NamedMedia {
  readonly id: MediaId;
  readonly kind: MediaKind;
  readonly isVoice?: boolean | undefined;
}

interface MediaInBody {
  readonly media: MediaRef;
  readonly kind: MediaKind;
  readonly isVoice?: boolean | undefined;
}

type Json = Readonly<Record<string, unknown>>;
/** What the node keeps in place of a link; undefined: nothing. */
export type Kept = (link: string) => MediaRef | undefined;

const NONE: readonly MediaInBody[] = [];

/** The links that a body names. */
export function linkedMediaOf(body: OutboundBody): readonly LinkedMedia[] {
  return mediaOf(body).flatMap(({ media, ...rest }) => ('link' in media ? [{ link: media.link, ...rest }] : []));
}

/** The media that a body names by id. */
export function namedMediaOf(body: OutboundBody): readonly NamedMedia[] {
  return mediaOf(body).flatMap(({ media, ...rest }) => ('id' in media ? [{ id: media.id, ...rest }] : []));
}

/** Wherever media may stand in a body: by itself, in a header, on the cards of a carousel. */
function mediaOf(body: OutboundBody): readonly MediaInBody[] {
  switch (body.type) {
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return [{ media: body.media, kind: body.type, ...(body.type === 'audio' && body.voice ? { isVoice: true } : {}) }];
    case 'template':
      return body.components.flatMap(mediaOfComponent);
    case 'interactive':
      return [body.interactive, ...cardsOf(body.interactive)].flatMap((part) => {
        const { kind, media } = headerOf(part) ?? {};
        if (!kind || !media) return NONE;
        if (typeof media['link'] === 'string') return [{ media: { link: media['link'] }, kind }];
        return media['id'] === undefined ? NONE : [{ media: { id: String(media['id']) as MediaId }, kind }];
      });
    case 'text':
    case 'location':
    case 'contacts':
    case 'reaction':
      return NONE;
  }
}

/** The same body with what the node keeps in place of each link that `kept` knows. */
export function withKeptMedia(body: OutboundBody, kept: Kept): OutboundBody {
  switch (body.type) {
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return { ...body, media: keptRef(body.media, kept) };
    case 'template':
      return { ...body, components: body.components.map((component) => keptComponent(component, kept)) };
    case 'interactive': {
      const cards = cardsOf(body.interactive);
      const interactive = { ...body.interactive, ...keptHeader(body.interactive, kept) };
      if (cards.length === 0) return { ...body, interactive };
      const action = { ...(interactive['action'] as Json), cards: cards.map((card) => ({ ...card, ...keptHeader(card, kept) })) };
      return { ...body, interactive: { ...interactive, action } };
    }
    case 'text':
    case 'location':
    case 'contacts':
    case 'reaction':
      return body;
  }
}

/** The same for a template with its values put in. */
export function withKeptHeader(filled: FilledTemplate, kept: Kept): FilledTemplate {
  const { cards } = filled;
  const inTheirPlace = <Part extends { readonly header?: FilledHeader | undefined }>(part: Part): Part =>
    part.header && 'media' in part.header
      ? { ...part, header: { ...part.header, media: keptRef(part.header.media, kept) } }
      : part;
  return { ...inTheirPlace(filled), ...(cards === undefined ? {} : { cards: cards.map(inTheirPlace) }) };
}

/** Media of the node, where there is some in place of this link. */
function keptRef(media: MediaRef, kept: Kept): MediaRef {
  return 'link' in media ? (kept(media.link) ?? media) : media;
}

function mediaOfComponent({ parameters, cards = [] }: TemplateComponentValue): readonly MediaInBody[] {
  return [
    ...parameters.flatMap((parameter) =>
      'media' in parameter ? [{ media: parameter.media, kind: kindOf(parameter.type) }] : NONE,
    ),
    ...cards.flatMap((card) => card.components.flatMap(mediaOfComponent)),
  ];
}

/** What moves in a header like a GIF is a film. */
function kindOf(type: 'image' | 'video' | 'document' | 'gif'): MediaKind {
  return type === 'gif' ? 'video' : type;
}

function keptComponent(component: TemplateComponentValue, kept: Kept): TemplateComponentValue {
  const parameters = component.parameters.map((parameter): TemplateParameter =>
    'media' in parameter ? { ...parameter, media: keptRef(parameter.media, kept) } : parameter,
  );
  const cards = component.cards?.map((card) => ({ ...card, components: card.components.map((one) => keptComponent(one, kept)) }));
  return { ...component, parameters, ...(cards === undefined ? {} : { cards }) };
}

/** The JSON was validated when it was read; what is not there is not media. */
function cardsOf(interactive: Json): readonly Json[] {
  const cards = (interactive['action'] as Json | undefined)?.['cards'];
  return Array.isArray(cards) ? (cards as readonly Json[]) : [];
}

/** `{"header":{"type":"image","image":{"link":…}}}` */
function headerOf(part: Json): { readonly kind: 'image' | 'video' | 'document'; readonly media: Json | undefined } | undefined {
  const header = part['header'] as Json | undefined;
  const kind = header?.['type'];
  if (kind !== 'image' && kind !== 'video' && kind !== 'document') return undefined;
  return { kind, media: header?.[kind] as Json | undefined };
}

function keptHeader(part: Json, kept: Kept): Json {
  const { kind, media: { link, ...media } = {} } = headerOf(part) ?? {};
  const ref = typeof link === 'string' ? kept(link) : undefined;
  if (!kind || !ref || !('id' in ref)) return {};
  return { header: { ...(part['header'] as Json), [kind]: { ...media, id: ref.id } } };
}
