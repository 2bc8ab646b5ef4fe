import { ApiProperty, PartialType } from '@nestjs/swagger';
import { OnPremEmptyAnswer } from './answers.dto.js';

class OnPremToldStatusesDto {
  @ApiProperty({ required: false, type: Boolean })
  readonly sent?: boolean | undefined;

  @ApiProperty({ required: false, type: Boolean })
  readonly delivered?: boolean | undefined;

  @ApiProperty({ required: false, type: Boolean })
  readonly read?: boolean | undefined;
}

class OnPremWebhooksDto {
  @ApiProperty({ required: false, type: String, description: 'Where callbacks go; empty: nowhere, and they wait.' })
  readonly url?: string | undefined;

  @ApiProperty({ required: false, enum: [6, 12, 18, 24] })
  readonly max_concurrent_requests?: number | undefined;

  @ApiProperty({ required: false, type: OnPremToldStatusesDto })
  readonly message?: OnPremToldStatusesDto | undefined;
}

class OnPremMediaSettingsDto {
  @ApiProperty({ required: false, type: [String], enum: ['voice', 'sticker', 'audio', 'document', 'image', 'video'] })
  readonly auto_download?: readonly string[] | undefined;
}

class OnPremApplicationDto {
  @ApiProperty({ example: 3_000, description: 'The n-th failure of a callback waits n times this, in milliseconds.' })
  readonly callback_backoff_delay_ms!: number;

  @ApiProperty({ example: 900_000, description: 'The longest wait, in milliseconds.' })
  readonly max_callback_backoff_delay_ms!: number;

  @ApiProperty()
  readonly callback_persist!: boolean;

  @ApiProperty()
  readonly sent_status!: boolean;

  @ApiProperty({ type: OnPremWebhooksDto })
  readonly webhooks!: OnPremWebhooksDto;

  @ApiProperty({ type: OnPremMediaSettingsDto })
  readonly media!: OnPremMediaSettingsDto;

  @ApiProperty()
  readonly pass_through!: boolean;

  @ApiProperty({ description: 'Seconds.' })
  readonly heartbeat_interval!: number;

  @ApiProperty({ description: 'Seconds.' })
  readonly unhealthy_interval!: number;

  @ApiProperty()
  readonly notify_user_change_number!: boolean;

  @ApiProperty()
  readonly show_security_notifications!: boolean;

  @ApiProperty()
  readonly skip_referral_media_download!: boolean;

  @ApiProperty()
  readonly db_garbagecollector_enable!: boolean;
}

/** `PATCH /v1/settings/application`: what is absent stays as it is. */
export class OnPremSettingsPatchDto extends PartialType(OnPremApplicationDto) {}

class OnPremShownApplicationDto extends OnPremApplicationDto {
  @ApiProperty({ description: 'The registered number; empty before registration. Read-only.' })
  readonly wa_id!: string;
}

class OnPremSettingsDto {
  @ApiProperty({ type: OnPremShownApplicationDto })
  readonly application!: OnPremShownApplicationDto;
}

export class OnPremSettingsAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: OnPremSettingsDto })
  readonly settings!: OnPremSettingsDto;
}
