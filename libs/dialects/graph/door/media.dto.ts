import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

/** The fields beside the file, in the multipart body or in the query. */
export class MediaUploadFieldsDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @IsIn(['whatsapp'])
  readonly messaging_product!: string;

  @ApiProperty({
    required: false,
    type: String,
    description: "The file's media type, if its part does not say.",
    example: 'image/jpeg',
  })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  readonly type?: string | undefined;
}

/** The whole upload, for the description of the route. */
export class MediaUploadDto extends MediaUploadFieldsDto {
  @ApiProperty({ type: 'string', format: 'binary' })
  readonly file!: unknown;
}

export class UploadedMediaDto {
  @ApiProperty({ example: '100000000000009' })
  readonly id!: string;
}

export class MediaDto {
  @ApiProperty({ enum: ['whatsapp'] })
  readonly messaging_product!: string;

  @ApiProperty({ description: 'Good for five minutes; needs no token.' })
  readonly url!: string;

  @ApiProperty({ example: 'image/jpeg' })
  readonly mime_type!: string;

  @ApiProperty({ description: 'Base64.' })
  readonly sha256!: string;

  @ApiProperty()
  readonly file_size!: number;

  @ApiProperty()
  readonly id!: string;
}

/** The query of a signed download address. What is missing makes the address a bad one. */
export class MediaDownloadQueryDto {
  @ApiProperty({ description: 'Milliseconds since 1970 until which the address is good.' })
  @IsOptional()
  @IsString()
  readonly expires: string = '';

  @ApiProperty({ description: 'Media type of the bytes.' })
  @IsOptional()
  @IsString()
  readonly type: string = '';

  @ApiProperty()
  @IsOptional()
  @IsString()
  readonly signature: string = '';
}
