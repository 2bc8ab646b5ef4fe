import type { MediaBody, MediaKind, MediaRef } from '#domain';
import { type BodyRules, bodyLimits } from './body-rules.js';
import { join, type Json, type Reader } from './reader.js';

const CAPTIONED: ReadonlySet<MediaKind> = new Set<MediaKind>(['image', 'video', 'document']);
const mediaFields = (kind: MediaKind, provider: boolean): ReadonlySet<string> =>
  new Set([
    'id',
    'link',
    ...(CAPTIONED.has(kind) ? ['caption'] : []),
    ...(kind === 'document' ? ['filename'] : []),
    ...(kind === 'audio' ? ['voice'] : []),
    ...(provider ? ['provider'] : []),
  ]);
const MEDIA_FIELDS = new Map(
  (['image', 'audio', 'video', 'document', 'sticker'] as const).flatMap((kind) =>
    [true, false].map((provider) => [`${kind} ${provider}`, mediaFields(kind, provider)] as const),
  ),
);

/** The media body of one kind: `{ "image": { "id" | "link", … } }`. */
export function readMedia(reader: Reader, json: Json, kind: MediaKind, rules: BodyRules): MediaBody {
  const media = reader.object(json, '', kind);
  reader.knows(media, kind, MEDIA_FIELDS.get(`${kind} ${rules.mediaProvider}`) as ReadonlySet<string>);
  const caption = CAPTIONED.has(kind) ? reader.optionalText(media, kind, 'caption', bodyLimits.caption) : undefined;
  const filename = kind === 'document' ? reader.optionalText(media, kind, 'filename', bodyLimits.caption) : undefined;
  const voice = kind === 'audio' ? reader.optionalFlag(media, kind, 'voice') : undefined;
  return {
    type: kind,
    media: readMediaRef(reader, media, kind, rules),
    ...(caption === undefined ? {} : { caption }),
    ...(filename === undefined ? {} : { filename }),
    ...(voice === undefined ? {} : { voice }),
  };
}

/** Exactly one of `id` and `link`. */
export function readMediaRef(
  reader: Reader,
  media: Json,
  path: string,
  rules: Pick<BodyRules, 'mediaId' | 'mediaProvider'>,
): MediaRef {
  const link = media['link'] ?? undefined;
  const given = media['id'] ?? undefined;
  if (link !== undefined && given !== undefined) {
    reader.invalid(path, 'must have either id or link, not both');
  }
  if (link !== undefined) {
    const url = readWebAddress(reader, media, path, 'link');
    const provider = rules.mediaProvider ? reader.optionalObject(media, path, 'provider') : undefined;
    if (!provider) return { link: url };
    return { link: url, provider: reader.text(provider, join(path, 'provider'), 'name', 200) };
  }
  if (given === undefined) {
    reader.fail('missing-parameter', path, `Parameter ${path} must have an id or a link`);
    return { link: '' };
  }
  const id = rules.mediaId(Number.isSafeInteger(given) ? String(given) : typeof given === 'string' ? given : '');
  if (id === undefined) {
    reader.fail(
      'media-not-found',
      join(path, 'id'),
      `Param ${path}['id'] is not a valid whatsapp business account media attachment ID`,
    );
    return { link: '' };
  }
  return { id };
}

/** An `http` or `https` address; where the node may really go is decided when it goes there. */
export function readWebAddress(reader: Reader, object: Json, path: string, key: string): string {
  const text = reader.text(object, path, key, bodyLimits.url);
  if (!reader.failed && !(/^https?:\/\//i.test(text) && URL.canParse(text))) {
    reader.invalid(join(path, key), 'must be an http or https URL');
  }
  return text;
}
