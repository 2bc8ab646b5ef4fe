import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';

/** The dialect's reading function checks it. */
export class UsernameChangeDto {
  @ApiProperty({ type: String, example: 'relais.bank' })
  @Allow()
  readonly username!: unknown;

  @ApiProperty({
    required: false,
    enum: ['none', 'force_transfer'],
    default: 'none',
    description: 'Whether the name is taken away from another number of the business.',
  })
  @Allow()
  readonly transfer_action?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class UsernameStatusDto {
  @ApiProperty({ enum: ['approved'] })
  readonly status!: string;
}

export class UsernameDto {
  @ApiProperty({ required: false, example: 'relais.bank' })
  readonly username?: string;

  @ApiProperty({ required: false, enum: ['approved'] })
  readonly status?: string;
}

class SuggestedUsernamesDto {
  @ApiProperty({ type: [String], example: ['relais_bank', 'relais.bank'] })
  readonly username_suggestions!: readonly string[];
}

export class UsernameSuggestionsDto {
  @ApiProperty({ type: [SuggestedUsernamesDto] })
  readonly data!: readonly SuggestedUsernamesDto[];
}
