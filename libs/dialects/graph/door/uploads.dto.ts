import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Allow, IsInt, IsString, MaxLength, Min } from 'class-validator';

/** Digits of a query, as the number that they are; everything else is left to be refused. */
function DigitsAsNumber(): PropertyDecorator {
  return Transform(({ value }: { readonly value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );
}

/** `POST /{app-id}/uploads`, in the query or the body. */
export class OpenUploadDto {
  @ApiProperty({ type: Number, description: 'Bytes.', example: 12_345 })
  @DigitsAsNumber()
  @IsInt()
  @Min(1)
  readonly file_length!: number;

  @ApiProperty({ enum: ['application/pdf', 'image/jpeg', 'image/jpg', 'image/png', 'video/mp4'] })
  @IsString()
  @MaxLength(255)
  readonly file_type!: string;

  @ApiProperty({ type: String, required: false, description: 'Taken and not kept: nothing ever shows it.' })
  @Allow()
  readonly file_name?: unknown;
}

export class UploadDto {
  @ApiProperty({ type: String, example: 'upload:100000000000021?sig=Zz3kq0mVYw5mPpq1kZJ9yA' })
  readonly id!: string;
}

export class UploadProgressDto extends UploadDto {
  @ApiProperty({ type: Number, description: 'How many bytes are there: where the next part begins.' })
  readonly file_offset!: number;
}

export class UploadHandleDto {
  @ApiProperty({ type: String, description: 'The handle of the file, good for 30 days.' })
  readonly h!: string;
}
