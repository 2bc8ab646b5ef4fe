import { describe, expect, it } from 'vitest';
import { readHandsetMessage } from './read-message.js';

describe('readHandsetMessage', () => {
  it.each([
    ['without a recipient', { type: 'text', text: { body: 'Hi' } }, undefined],
    ['with one', { to: '493023125000', type: 'text', text: { body: 'Hi' } }, '493023125000'],
    ['with a plus', { to: '+493023125000', type: 'text', text: { body: 'Hi' } }, '493023125000'],
  ])('reads a text %s', (_, json, to) => {
    expect(readHandsetMessage(json)).toEqual({ ok: true, value: { to, body: { type: 'text', text: 'Hi' } } });
  });

  it.each([
    ['no body', undefined],
    ['a list', []],
    ['a text without its content', { type: 'text' }],
    ['a recipient that is no number', { to: 'bank', type: 'text', text: { body: 'Hi' } }],
    ['a recipient of another type', { to: 5, type: 'text', text: { body: 'Hi' } }],
    ['a type that customers cannot send', { type: 'template', template: {} }],
  ])('refuses %s', (_, json) => {
    expect(readHandsetMessage(json)).toMatchObject({ ok: false });
  });
});
