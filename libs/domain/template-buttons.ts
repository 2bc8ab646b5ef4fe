import { type Failure, failure } from './failure.js';
import { type FilledButton, PLACEHOLDER, placeholders, type TemplateButton, type TemplateParameter } from './template.js';

const LONGEST_URL = 2_000;
const LONGEST_PASSWORD = 15;

/**
 * One button of a template with what a send gives for it, or what is wrong with that. `position` is its place in the
 * template. Source of the rules: the platform's send reference, template buttons.
 */
export function fillButton(
  button: TemplateButton,
  position: number,
  parameter: TemplateParameter | undefined,
): FilledButton | { readonly failure: Failure } {
  const text = button.text ?? '';
  const missing = (what: string): { readonly failure: Failure } => ({
    failure: failure('template-parameter-count', `button ${position}: needs ${what}`),
  });
  const unfit = (wanted: string): { readonly failure: Failure } => ({
    failure: failure('template-parameter-format', `button ${position}: expected ${wanted}, got ${parameter?.type}`),
  });
  const tooLong = (what: string, most: number): { readonly failure: Failure } => ({
    failure: failure('template-text-too-long', `button ${position}: ${what} has at most ${most} characters`),
  });
  switch (button.type) {
    case 'QUICK_REPLY':
      if (parameter && parameter.type !== 'payload') return unfit('a payload');
      return { type: 'quick_reply', text, payload: parameter?.payload ?? text };
    case 'URL': {
      const url = button.url ?? '';
      const wanted = placeholders(url).length;
      if (wanted === 0) {
        if (!parameter) return { type: 'url', text, url };
        return { failure: failure('template-parameter-count', `button ${position}: its URL has no place for a parameter`) };
      }
      if (!parameter) return missing('one text parameter for its URL');
      if (parameter.type !== 'text') return unfit('a text');
      const filled = url.replaceAll(PLACEHOLDER, () => parameter.text);
      return filled.length > LONGEST_URL ? tooLong('the URL', LONGEST_URL) : { type: 'url', text, url: filled };
    }
    case 'OTP':
      if (!parameter) return missing('the one-time password as a text parameter');
      if (parameter.type !== 'text') return unfit('a text');
      if (parameter.text.length > LONGEST_PASSWORD) return tooLong('the one-time password', LONGEST_PASSWORD);
      return { type: 'otp', text, payload: parameter.text };
    case 'COPY_CODE': {
      if (!parameter) return missing('a coupon code');
      const code = parameter.type === 'other' ? parameter.value['coupon_code'] : undefined;
      return typeof code === 'string' ? { type: 'copy_code', text, payload: code } : unfit('a coupon code');
    }
    case 'MPM':
    case 'ORDER_DETAILS':
      if (!parameter) return missing(`an action with its ${button.type === 'MPM' ? 'products' : 'order'}`);
      return isAction(parameter) ? { type: button.type.toLowerCase(), text } : unfit('an action');
    case 'VOICE_CALL':
      if (parameter && parameter.type !== 'payload' && !isLifetime(parameter)) return unfit('ttl_minutes or a payload');
      return { type: 'voice_call', text, ...(parameter?.type === 'payload' ? { payload: parameter.payload } : {}) };
    case 'FLOW':
    case 'CATALOG':
      return !parameter || isAction(parameter) ? { type: button.type.toLowerCase(), text } : unfit('an action');
    case 'PHONE_NUMBER':
    case 'REQUEST_CONTACT_INFO':
    case 'SPM':
      return parameter
        ? { failure: failure('template-parameter-count', `button ${position}: takes no parameter`) }
        : { type: button.type.toLowerCase(), text };
  }
}

function isLifetime(parameter: TemplateParameter): boolean {
  return parameter.type === 'other' && parameter.value['type'] === 'ttl_minutes';
}

function isAction(parameter: TemplateParameter): boolean {
  return parameter.type === 'other' && parameter.value['type'] === 'action';
}
