import { describe, expect, it } from 'vitest';
import type { MediaId, OutboundBody } from './index.js';
import { linkedMediaOf, namedMediaOf, withKeptHeader, withKeptMedia } from './body-media.js';

const link = 'https://example.org/a';
const other = 'https://example.org/b';
const kept = { id: '9' as MediaId, mimeType: 'image/png', sha256: 'x' };
const card = (media: object) => ({ card_index: 0, header: { type: 'image', image: media }, body: { text: 'Karte' } });

describe('linked media', () => {
  it.each<[string, OutboundBody, readonly (readonly [string, string])[], object]>([
    ['a text has none', { type: 'text', text: link }, [], { type: 'text', text: link }],
    [
      'an image',
      { type: 'image', media: { link }, caption: 'Punkt' },
      [['image', link]],
      { type: 'image', media: kept, caption: 'Punkt' },
    ],
    ['an image by id', { type: 'image', media: { id: '1' as MediaId } }, [], { type: 'image', media: { id: '1' } }],
    [
      'a header of buttons',
      {
        type: 'interactive',
        interactive: { type: 'button', header: { type: 'document', document: { link, filename: 'a.pdf' } } },
      },
      [['document', link]],
      {
        type: 'interactive',
        interactive: { type: 'button', header: { type: 'document', document: { id: '9', filename: 'a.pdf' } } },
      },
    ],
    [
      'cards, of which one link is not kept',
      { type: 'interactive', interactive: { type: 'carousel', action: { cards: [card({ link }), card({ link: other })] } } },
      [
        ['image', link],
        ['image', other],
      ],
      { type: 'interactive', interactive: { type: 'carousel', action: { cards: [card({ id: '9' }), card({ link: other })] } } },
    ],
    [
      "a template's header and the header of one of its cards",
      {
        type: 'template',
        name: 'sale',
        language: 'de',
        components: [
          { type: 'header', parameters: [{ type: 'image', media: { link } }] },
          {
            type: 'carousel',
            parameters: [],
            cards: [{ index: 0, components: [{ type: 'header', parameters: [{ type: 'video', media: { link: other } }] }] }],
          },
        ],
      },
      [
        ['image', link],
        ['video', other],
      ],
      {
        type: 'template',
        name: 'sale',
        language: 'de',
        components: [
          { type: 'header', parameters: [{ type: 'image', media: kept }] },
          {
            type: 'carousel',
            parameters: [],
            cards: [{ index: 0, components: [{ type: 'header', parameters: [{ type: 'video', media: { link: other } }] }] }],
          },
        ],
      },
    ],
  ])('%s', (_, body, links, replaced) => {
    expect(linkedMediaOf(body).map((one) => [one.kind, one.link])).toEqual(links);
    expect(withKeptMedia(body, (one) => (one === link ? kept : undefined))).toEqual(replaced);
  });
});

describe('namedMediaOf', () => {
  const id = '123' as MediaId;
  it.each<readonly [string, OutboundBody, readonly (readonly [string, string])[]]>([
    ['a text', { type: 'text', text: '123' }, []],
    ['an image', { type: 'image', media: { id } }, [['image', '123']]],
    ['a voice note', { type: 'audio', media: { id }, voice: true }, [['voice', '123']]],
    ['a linked document', { type: 'document', media: { link: 'https://example.org/a.pdf' } }, []],
    [
      "a template's header",
      {
        type: 'template',
        name: 'bill',
        language: 'en',
        components: [
          { type: 'header', parameters: [{ type: 'document', media: { id } }] },
          { type: 'body', parameters: [{ type: 'text', text: '456' }] },
        ],
      },
      [['document', '123']],
    ],
    [
      'a header of buttons',
      { type: 'interactive', interactive: { type: 'button', header: { type: 'video', video: { id: '123' } } } },
      [['video', '123']],
    ],
    [
      'the cards of a carousel',
      {
        type: 'interactive',
        interactive: {
          type: 'carousel',
          action: { cards: [{ header: { type: 'image', image: { id: '123' } } }, { header: { type: 'image' } }] },
        },
      },
      [['image', '123']],
    ],
    ['a text header of a list', { type: 'interactive', interactive: { type: 'list', header: { type: 'text', text: 'x' } } }, []],
  ])('%s', (_, body, ids) => {
    expect(namedMediaOf(body).map((media) => [media.isVoice ? 'voice' : media.kind, media.id])).toEqual(ids);
  });
});

describe('withKeptHeader', () => {
  it('shows the media in place of the link, also on cards', () => {
    const header = { media: { link }, kind: 'image' };
    const filled = { text: '', buttons: [], header, cards: [{ header, buttons: [] }, { buttons: [] }] };
    const shown = { media: kept, kind: 'image' };
    expect(withKeptHeader(filled, (named) => (named === link ? kept : undefined))).toEqual({
      ...filled,
      header: shown,
      cards: [{ header: shown, buttons: [] }, { buttons: [] }],
    });
  });
});
