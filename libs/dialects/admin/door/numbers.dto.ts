import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import type { ThroughputLevel } from '#domain';

const levels: readonly ThroughputLevel[] = ['STANDARD', 'HIGH'];

export class ThroughputDto {
  @ApiProperty({ enum: levels, description: 'What each level means is a setting of the node (`traffic`).' })
  @IsIn(levels)
  readonly level!: ThroughputLevel;
}

export class ThroughputAnswer extends ThroughputDto {
  @ApiProperty({ description: 'The phone number id.' })
  readonly id!: string;
}
