import { bodyLimits, type Json, type Reader } from '#dialects/message-body';
import type { TemplateBody, TemplateParameter } from '#domain';

const HSM_FIELDS: ReadonlySet<string> = new Set(['element_name', 'language', 'localizable_params', 'namespace']);
const LANGUAGE_FIELDS: ReadonlySet<string> = new Set(['code', 'policy']);
const PARAM_FIELDS: ReadonlySet<string> = new Set(['currency', 'date_time', 'default']);
const MAX_PARAMETERS = 100;

/** Reads the predecessor of templates: other names, and values for the body only. Old clients still send it. */
export function readHsm(reader: Reader, message: Json): TemplateBody {
  const hsm = reader.object(message, '', 'hsm');
  reader.knows(hsm, 'hsm', HSM_FIELDS);
  const namespace = reader.optionalText(hsm, 'hsm', 'namespace', 255);
  if (!namespace) reader.fail('template-namespace-missing', 'hsm.namespace', 'The parameter hsm.namespace is required');
  const name = reader.text(hsm, 'hsm', 'element_name', bodyLimits.templateName);
  const language = reader.object(hsm, 'hsm', 'language');
  reader.knows(language, 'hsm.language', LANGUAGE_FIELDS);
  reader.optionalText(language, 'hsm.language', 'policy', 20);
  const code = reader.text(language, 'hsm.language', 'code', 20);
  const parameters = (reader.optionalList(hsm, 'hsm', 'localizable_params', 0, MAX_PARAMETERS) ?? []).map((item, index) => {
    const path = `hsm.localizable_params[${index}]`;
    return readParam(reader, reader.asObject(item, path), path);
  });
  return {
    type: 'template',
    name,
    language: code,
    ...(namespace ? { namespace } : {}),
    components: parameters.length === 0 ? [] : [{ type: 'body', parameters }],
  };
}

/** `default` is what the customer reads; the localised forms beside it only say what kind of value it is. */
function readParam(reader: Reader, param: Json, path: string): TemplateParameter {
  reader.knows(param, path, PARAM_FIELDS);
  const fallback = reader.text(param, path, 'default', bodyLimits.text);
  const currency = reader.optionalObject(param, path, 'currency');
  if (currency) {
    return {
      type: 'currency',
      fallback,
      code: reader.text(currency, `${path}.currency`, 'currency_code', 3),
      amount1000: reader.number(
        currency,
        `${path}.currency`,
        'amount_1000',
        Number.MIN_SAFE_INTEGER,
        Number.MAX_SAFE_INTEGER,
        true,
      ),
    };
  }
  if (reader.optionalObject(param, path, 'date_time')) return { type: 'date_time', fallback };
  return { type: 'text', text: fallback };
}
