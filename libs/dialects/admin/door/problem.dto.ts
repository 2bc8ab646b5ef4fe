import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { failureCodes } from '#domain';

export class FieldFault {
  @ApiProperty({ description: 'The field as a path in the JSON that was sent.', example: 'lines[0].waId' })
  readonly field!: string;

  @ApiProperty()
  readonly detail!: string;
}

/** RFC 9457. */
export class ProblemAnswer {
  @ApiProperty({ example: 'urn:relais:problem:invalid-parameter' })
  readonly type!: string;

  @ApiProperty({ example: 'A parameter is not valid' })
  readonly title!: string;

  @ApiProperty({ example: 400 })
  readonly status!: number;

  @ApiPropertyOptional({ type: String, description: 'One sentence about this very refusal.' })
  readonly detail?: string | undefined;

  @ApiProperty({ description: "The request's id, as in X-Request-ID." })
  readonly instance!: string;

  @ApiProperty({ enum: Object.keys(failureCodes), description: 'What programs should look at.' })
  readonly code!: string;

  @ApiPropertyOptional({ type: [FieldFault] })
  readonly errors?: readonly FieldFault[] | undefined;
}
