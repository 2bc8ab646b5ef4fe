import { Injectable } from '@nestjs/common';
import { type Caller, type FeatureState, type NamedFeature, numberFeatures, setProfilePicture } from '#contracts';
import type { MediaId } from '#domain';
import { PICTURE_URL_LIFETIME_MS, type ProfileNode, readProfile } from '#dialects/graph';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { MediaLinks } from './media-links.js';

/** Profiles as two routes read and change them: at their number, and by their own id. */
@Injectable()
export class BusinessProfiles {
  constructor(
    private readonly core: Core,
    private readonly links: MediaLinks,
  ) {}

  async read(named: NamedFeature, caller: Caller): Promise<ProfileNode> {
    return this.node(await this.core.ask(numberFeatures.profile.read, { named, caller }));
  }

  /** The picture first: its handle is what may turn out to be nothing. */
  async change(named: NamedFeature, fields: unknown, caller: Caller): Promise<string> {
    const { change, pictureHandle } = orRefuse(readProfile(fields));
    if (pictureHandle !== undefined) await this.core.ask(setProfilePicture, { named, handle: pictureHandle, caller });
    const { id } = await this.core.ask(numberFeatures.profile.change, { named, change, caller });
    return id;
  }

  private node(state: FeatureState<'profile'>): ProfileNode {
    const { picture } = state.value;
    const file = picture && { id: picture.mediaId as MediaId, mimeType: picture.mimeType };
    const pictureUrl = file ? this.links.linkTo(file, PICTURE_URL_LIFETIME_MS) : undefined;
    return { id: state.id, verifiedName: state.verifiedName, value: state.value, pictureUrl };
  }
}
