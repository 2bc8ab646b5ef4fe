import { ApiProperty } from '@nestjs/swagger';
import { OnPremEmptyAnswer } from './answers.dto.js';

export class OnPremLoginDto {
  @ApiProperty({
    required: false,
    type: String,
    minLength: 8,
    maxLength: 64,
    description:
      'Needed at the first login. One upper-case and one lower-case letter, one digit and one special character at least.',
  })
  readonly new_password?: string | undefined;
}

class OnPremTokenDto {
  @ApiProperty({ example: '2021-07-25 08:50:48+00:00', description: 'With a space and an offset; not RFC 3339.' })
  readonly expires_after!: string;

  @ApiProperty({ description: 'The bearer token of every other call.' })
  readonly token!: string;
}

export class OnPremLoginAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: [OnPremTokenDto] })
  readonly users!: readonly OnPremTokenDto[];
}
