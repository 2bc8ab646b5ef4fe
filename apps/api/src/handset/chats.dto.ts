import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class CommandAnswer {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly description!: string;
}

export class ChatAnswer {
  @ApiProperty({ example: '493023125000' })
  readonly number!: string;

  @ApiProperty({ example: '+49 30 23125000' })
  readonly displayNumber!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What the business says about itself.' })
  readonly profile!: object;

  @ApiProperty({ type: [String], description: 'Suggestions to begin with.' })
  readonly prompts!: readonly string[];

  @ApiProperty({ type: [CommandAnswer] })
  readonly commands!: readonly CommandAnswer[];

  @ApiPropertyOptional({ type: Boolean, description: 'With an opened chat: the business was told, and greets.' })
  readonly greeted?: boolean | undefined;
}

export class LinkAnswer {
  @ApiProperty({ example: '493023125000', description: 'Whom to write to.' })
  readonly number!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ description: 'What to begin with.' })
  readonly text!: string;
}
