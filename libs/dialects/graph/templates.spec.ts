import { expect, it } from 'vitest';
import type { StoredTemplate, TemplateComponent } from '#domain';
import { writeTemplate } from './templates.js';

it('shows the samples of headers at addresses of their own, in place of their handles', () => {
  const header = (fileId: string): TemplateComponent => ({
    type: 'HEADER',
    format: 'IMAGE',
    example: { header_handle: ['4::a'], more: 1 },
    sample: { fileId, mimeType: 'image/png' },
  });
  const body = { type: 'BODY', text: 'Look' } as const;
  const template = {
    id: '7',
    components: [header('1'), body, { type: 'CAROUSEL', cards: [{ components: [header('2'), body] }] }],
  } as unknown as StoredTemplate;
  const linkTo = ({ fileId, mimeType }: { fileId: string; mimeType: string }) => `https://node.example/${fileId}?${mimeType}`;
  const shown = (fileId: string) => ({
    type: 'HEADER',
    format: 'IMAGE',
    example: { header_handle: [`https://node.example/${fileId}?image/png`], more: 1 },
  });
  expect(writeTemplate(template, ['id', 'components'], linkTo)).toEqual({
    id: '7',
    components: [shown('1'), body, { type: 'CAROUSEL', cards: [{ components: [shown('2'), body] }] }],
  });
});

it('shows an example without a file as it was handed in', () => {
  const components = [{ type: 'HEADER', format: 'TEXT', text: '{{1}}', example: { header_text: ['Ada'] } }];
  const template = { id: '7', components } as unknown as StoredTemplate;
  expect(writeTemplate(template, ['components'], () => 'none')).toEqual({ components });
});
