import { ApiProperty } from '@nestjs/swagger';
import { OnPremEmptyAnswer } from './answers.dto.js';

export class OnPremContactsDto {
  @ApiProperty({ type: [String], minItems: 1, maxItems: 1_000, example: ['+49 171 3920001'] })
  readonly contacts!: readonly string[];

  @ApiProperty({ required: false, enum: ['no_wait', 'wait'], default: 'no_wait' })
  readonly blocking?: string | undefined;

  @ApiProperty({ required: false, type: Boolean, default: false, description: 'Do not answer from what is remembered.' })
  readonly force_check?: boolean | undefined;
}

class OnPremCheckedContactDto {
  @ApiProperty({ description: 'As it was asked, untouched.' })
  readonly input!: string;

  @ApiProperty({ enum: ['processing', 'valid', 'invalid', 'failed'] })
  readonly status!: string;

  @ApiProperty({ required: false, type: String, description: 'With `valid` only.' })
  readonly wa_id?: string | undefined;
}

export class OnPremContactsAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: [OnPremCheckedContactDto] })
  readonly contacts!: readonly OnPremCheckedContactDto[];
}
