import { ApiProperty } from '@nestjs/swagger';

export class OnPremMetaDto {
  @ApiProperty({ enum: ['stable', 'experimental', 'deprecated'] })
  readonly api_status!: string;

  @ApiProperty({ example: '2.53.0', description: 'Not to be parsed strictly.' })
  readonly version!: string;
}

/** The answer to a change that has nothing to return. */
export class OnPremEmptyAnswer {
  @ApiProperty({ type: OnPremMetaDto })
  readonly meta!: OnPremMetaDto;
}

class OnPremErrorDto {
  @ApiProperty({ example: 1008 })
  readonly code!: number;

  @ApiProperty({ example: 'Required parameter is missing' })
  readonly title!: string;

  @ApiProperty({ required: false, type: String, example: 'The parameter to is required' })
  readonly details?: string | undefined;
}

/** Every refusal of this door. */
export class OnPremErrorAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: [OnPremErrorDto] })
  readonly errors!: readonly OnPremErrorDto[];
}

class OnPremGatewayDto {
  @ApiProperty({ enum: ['connected', 'connecting', 'disconnected', 'uninitialized', 'unregistered'] })
  readonly gateway_status!: string;
}

export class OnPremHealthAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: OnPremGatewayDto })
  readonly health!: OnPremGatewayDto;
}
