import type { CommerceSettings, FeatureChange, Result } from '#domain';
import { Reader } from '#dialects/message-body';

/** `POST /{phone-number-id}/whatsapp_commerce_settings`; what is not named stays. */
export function readCommerceSettings(parameters: unknown): Result<FeatureChange<'commerce'>> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  const isCartEnabled = reader.optionalFlag(json, '', 'is_cart_enabled');
  const isCatalogVisible = reader.optionalFlag(json, '', 'is_catalog_visible');
  if (!reader.failed && isCartEnabled === undefined && isCatalogVisible === undefined) reader.missing('is_cart_enabled');
  return reader.finish({ isCartEnabled, isCatalogVisible });
}

export function writeCommerceSettings(settings: { readonly id: string; readonly value: CommerceSettings }): {
  readonly data: readonly Readonly<Record<string, unknown>>[];
} {
  const { isCartEnabled, isCatalogVisible } = settings.value;
  return { data: [{ id: settings.id, is_cart_enabled: isCartEnabled, is_catalog_visible: isCatalogVisible }] };
}

/** `GET /{phone-number-id}/whatsapp_business_encryption`: a key is good for the registration that it was given under. */
export function writeEncryption(encryption: {
  readonly registeredAt?: number | undefined;
  readonly value: { readonly publicKey: string; readonly signedFor: number | null };
}): { readonly data: readonly Readonly<Record<string, unknown>>[] } {
  const { publicKey, signedFor } = encryption.value;
  if (publicKey === '') return { data: [] };
  const isValid = signedFor === (encryption.registeredAt ?? null);
  return {
    data: [{ business_public_key: publicKey, business_public_key_signature_status: isValid ? 'VALID' : 'MISMATCH' }],
  };
}
