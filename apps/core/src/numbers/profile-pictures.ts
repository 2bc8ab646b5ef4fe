import { Injectable } from '@nestjs/common';
import type { FeatureState, NamedFeature } from '#contracts';
import { refuse, type Result } from '#domain';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { FileUses } from '../store/file-uses.store.js';
import { type UploadedFile, UploadedFiles } from '../uploads/uploaded-files.js';
import { NumberFeatures } from './number-features.js';

const pictureTypes: readonly string[] = ['image/jpeg', 'image/png'];

/** The picture of a profile, from a finished upload. */
@Injectable()
export class ProfilePictures {
  constructor(
    private readonly features: NumberFeatures,
    private readonly files: UploadedFiles,
    private readonly uses: FileUses,
    private readonly clock: Clock,
  ) {}

  /** `handle` empty: no picture any more. */
  async set(asker: Asker, named: NamedFeature, handle: string): Promise<Result<FeatureState<'profile'>>> {
    if (handle === '') return this.show(asker, named, undefined);
    // Whoever may not see the profile is told that before anything about the handle.
    const profile = await this.features.read(asker, 'profile', named);
    if (!profile.ok) return profile;
    const file = await this.files.find(asker, handle);
    if (!file || !pictureTypes.includes(file.mimeType)) {
      const field = 'profile_picture_handle';
      return refuse('invalid-parameter', `${field} must be the handle of an uploaded JPEG or PNG picture`, { field });
    }
    return this.show(asker, named, file);
  }

  private async show(
    asker: Asker,
    named: NamedFeature,
    file: UploadedFile | undefined,
  ): Promise<Result<FeatureState<'profile'>>> {
    const picture = file ? { mediaId: file.id, mimeType: file.mimeType } : null;
    return this.features.change(asker, 'profile', named, { picture }, async (tx, { businessId, id: objectId }) => {
      const user = { businessId, kind: 'profile-picture', objectId } as const;
      await this.uses.replace(tx, user, file ? [file.id] : [], this.clock.now());
    });
  }
}
