import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { type NameRejection, nameRejections } from '#domain';

const decisions = ['APPROVE', 'REJECT'] as const;

export class ReviewDisplayNameDto {
  @ApiProperty({ enum: decisions })
  @IsIn(decisions)
  readonly decision!: (typeof decisions)[number];

  @ApiPropertyOptional({ enum: nameRejections, description: 'Why it was rejected; the business is told.' })
  @IsOptional()
  @IsIn(nameRejections)
  readonly reason?: NameRejection | undefined;
}

export class DisplayNameAnswer {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ example: '+49 30 23125000' })
  readonly displayNumber!: string;

  @ApiProperty()
  readonly verifiedName!: string;

  @ApiProperty({ example: 'APPROVED' })
  readonly nameStatus!: string;

  @ApiPropertyOptional({ type: String, description: 'What was asked for and was not approved.' })
  readonly newDisplayName?: string | undefined;

  @ApiProperty({ example: 'NONE' })
  readonly newNameStatus!: string;
}
