import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsOptional, IsString, MaxLength } from 'class-validator';

/** `POST /{app-id}/subscriptions`; the dialect's reading function checks it and says which field is at fault. */
export class SubscribeAppDto {
  @ApiProperty({ enum: ['whatsapp_business_account'] })
  @Allow()
  readonly object!: unknown;

  @ApiProperty({ description: 'Called with `hub.challenge` before the subscription is kept.', type: String })
  @Allow()
  readonly callback_url!: unknown;

  @ApiProperty({ type: String })
  @Allow()
  readonly verify_token!: unknown;

  @ApiProperty({ type: [String], example: ['messages', 'message_template_status_update'] })
  @Allow()
  readonly fields!: unknown;

  @Allow()
  readonly include_values?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

/** `DELETE /{app-id}/subscriptions`. */
export class UnsubscribeAppDto {
  @ApiProperty({ required: false, enum: ['whatsapp_business_account'] })
  @Allow()
  readonly object?: unknown;

  @ApiProperty({ required: false, type: [String] })
  @Allow()
  readonly fields?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

class SubscribedFieldDto {
  @ApiProperty({ example: 'messages' })
  readonly name!: string;

  @ApiProperty({ example: 'v23.0' })
  readonly version!: string;
}

class AppSubscriptionDto {
  @ApiProperty({ enum: ['whatsapp_business_account'] })
  readonly object!: string;

  @ApiProperty()
  readonly callback_url!: string;

  @ApiProperty()
  readonly active!: boolean;

  @ApiProperty({ type: [SubscribedFieldDto] })
  readonly fields!: readonly SubscribedFieldDto[];
}

export class AppSubscriptionsDto {
  @ApiProperty({ type: [AppSubscriptionDto] })
  readonly data!: readonly AppSubscriptionDto[];
}

/** `POST /{waba-id}/subscribed_apps`. */
export class SubscribeWabaDto {
  @ApiProperty({
    required: false,
    type: String,
    maxLength: 200,
    description: "An address of its own for this account's messages; without it, one that there was is taken away.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly override_callback_uri?: string | undefined;

  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly verify_token?: string | undefined;

  @Allow()
  readonly access_token?: unknown;
}

class SubscribedAppDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { id: '100000000000003', name: 'CRM', link: 'https://www.facebook.com/games/?app_id=100000000000003' },
  })
  readonly whatsapp_business_api_data!: object;
}

export class SubscribedAppsDto {
  @ApiProperty({ type: [SubscribedAppDto] })
  readonly data!: readonly SubscribedAppDto[];
}
