import { type Failure, failure, type MediaKind } from '#domain';

/** One type that may be kept: what it can be sent as, and how large it may be. Source: the platform's media page. */
interface MediaType {
  readonly kind: MediaKind;
  readonly maxBytes: number;
  /** Where that differs. */
  readonly maxBytesAnimated?: number | undefined;
  /** What its first bytes look like, where that has another name. */
  readonly looksLike?: readonly string[] | undefined;
  /** Its first bytes may say nothing. */
  readonly maySayNothing?: boolean | undefined;
}

const MB = 1_048_576;
const KB = 1_024;
const audio = { kind: 'audio', maxBytes: 16 * MB } as const;
const document = { kind: 'document', maxBytes: 100 * MB } as const;
const image = { kind: 'image', maxBytes: 5 * MB } as const;
const video = { kind: 'video', maxBytes: 16 * MB } as const;
/** Office formats before 2007 are all one container, and those after it a zip. */
const oldOffice = { ...document, looksLike: ['application/x-cfb'], maySayNothing: true } as const;
const newOffice = { ...document, looksLike: ['application/zip'], maySayNothing: true } as const;

const types: Readonly<Record<string, MediaType>> = {
  'audio/aac': audio,
  'audio/amr': audio,
  'audio/mpeg': audio,
  'audio/mp4': { ...audio, looksLike: ['audio/x-m4a', 'video/mp4'] },
  'audio/ogg': { ...audio, looksLike: ['audio/opus', 'video/ogg', 'application/ogg'] },
  'text/plain': { ...document, looksLike: ['application/xml', 'text/html', 'application/rtf', 'text/vcard', 'text/calendar'] },
  'application/pdf': document,
  'application/msword': oldOffice,
  'application/vnd.ms-excel': oldOffice,
  'application/vnd.ms-powerpoint': oldOffice,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': newOffice,
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': newOffice,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': newOffice,
  'image/jpeg': image,
  'image/png': image,
  'image/webp': { kind: 'sticker', maxBytes: 100 * KB, maxBytesAnimated: 500 * KB },
  'video/mp4': { ...video, looksLike: ['video/x-m4v'] },
  'video/3gpp': video,
};

const otherNames: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/opus': 'audio/ogg',
  'video/3gp': 'video/3gpp',
};

/** Says nothing about what something is. */
const UNTYPED = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'multipart/form-data']);

/**
 * What an upload is kept as. The bytes decide: a claim that they contradict is refused, and without a claim they say it
 * alone. Office documents, whose bytes may say nothing, are taken at their word.
 */
export function judgeMedia(upload: {
  readonly claimedType: string | undefined;
  readonly sniffedType: string | undefined;
  readonly isAnimated?: boolean | undefined;
  readonly bytes: number;
}): { readonly mimeType: string; readonly kind: MediaKind } | { readonly failure: Failure } {
  if (upload.bytes === 0) return { failure: failure('media-empty', 'The file is empty') };
  const claimed = nameOf(upload.claimedType);
  const sniffed = nameOf(upload.sniffedType);
  const mimeType = UNTYPED.has(claimed) ? sniffed : claimed;
  const type = Object.hasOwn(types, mimeType) ? types[mimeType] : undefined;
  if (!type) {
    return { failure: failure('media-type-unsupported', `Files of type ${mimeType || 'unknown'} are not supported`) };
  }
  const agrees =
    sniffed === '' ? type.maySayNothing === true : sniffed === mimeType || type.looksLike?.includes(sniffed) === true;
  if (!agrees) {
    const seen = sniffed === '' ? 'is none' : `is ${sniffed}`;
    return { failure: failure('media-type-unsupported', `The file was said to be ${mimeType}, but by its content it ${seen}`) };
  }
  const maxBytes = (upload.isAnimated ? type.maxBytesAnimated : undefined) ?? type.maxBytes;
  if (upload.bytes > maxBytes) {
    return { failure: failure('media-too-large', `A file of type ${mimeType} may have at most ${maxBytes} bytes`) };
  }
  return { mimeType, kind: type.kind };
}

/** What media is sent as. */
interface Use {
  readonly kind: MediaKind;
  readonly isVoice?: boolean | undefined;
}

const VOICE = 'audio/ogg';

/** Whether media of a type can be sent as an image, a video … Anything can be sent as a document, and one type as a voice note. */
export function isSendableAs(mimeType: string, { kind, isVoice = false }: Use): boolean {
  if (isVoice) return mimeType === VOICE;
  return kind === 'document' || (Object.hasOwn(types, mimeType) && types[mimeType]?.kind === kind);
}

export function notSendableAs(mimeType: string, { kind, isVoice = false }: Use): Failure {
  const use = isVoice ? `a voice message, which is ${VOICE}` : kind;
  return failure('media-type-unsupported', `A file of type ${mimeType} cannot be sent as ${use}`);
}

/** The type without its parameters, by its usual name. */
function nameOf(type: string | undefined): string {
  const name = (type ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined) ?? name;
}
