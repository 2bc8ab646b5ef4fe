import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

const decisions = ['APPROVE', 'REJECT'] as const;

export class ReviewTemplateDto {
  @ApiProperty({ enum: decisions })
  @IsIn(decisions)
  readonly decision!: (typeof decisions)[number];

  @ApiPropertyOptional({ type: String, maxLength: 512, description: 'Why it was rejected.' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly reason?: string | undefined;
}

export class TemplateAnswer {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly wabaId!: string;

  @ApiProperty({ example: 'hello_world' })
  readonly name!: string;

  @ApiProperty({ example: 'en_US' })
  readonly language!: string;

  @ApiProperty({ enum: ['MARKETING', 'UTILITY', 'AUTHENTICATION'] })
  readonly category!: string;

  @ApiProperty({ example: 'APPROVED' })
  readonly status!: string;

  @ApiPropertyOptional({ type: String })
  readonly rejectedReason?: string | undefined;
}
