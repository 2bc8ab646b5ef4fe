import { Injectable } from '@nestjs/common';
import type { FeatureState, NamedFeature } from '#contracts';
import { refuse, type Result } from '#domain';
import type { Asker } from '../access/answers.js';
import { NumberFeatures } from './number-features.js';
import { UploadedFiles } from './uploaded-files.js';

const pictureTypes: readonly string[] = ['image/jpeg', 'image/png'];

/** The picture of a profile, from a finished upload. */
@Injectable()
export class ProfilePictures {
  constructor(
    private readonly features: NumberFeatures,
    private readonly files: UploadedFiles,
  ) {}

  /** `handle` empty: no picture any more. */
  async set(asker: Asker, named: NamedFeature, handle: string): Promise<Result<FeatureState<'profile'>>> {
    if (handle === '') return this.features.change(asker, 'profile', named, { picture: null });
    const profile = await this.features.read(asker, 'profile', named);
    if (!profile.ok) return profile;
    const file = await this.files.keepForNumber(asker, handle, profile.value.phoneNumberId);
    if (!file || !pictureTypes.includes(file.mimeType)) {
      const field = 'profile_picture_handle';
      return refuse('invalid-parameter', `${field} must be the handle of an uploaded JPEG or PNG picture`, { field });
    }
    return this.features.change(asker, 'profile', named, { picture: { mediaId: file.mediaId, mimeType: file.mimeType } });
  }
}
