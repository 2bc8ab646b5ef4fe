import { ApiProperty } from '@nestjs/swagger';
import { OnPremEmptyAnswer } from './answers.dto.js';

class OnPremMediaDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;
}

export class OnPremMediaAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: [OnPremMediaDto] })
  readonly media!: readonly OnPremMediaDto[];
}
