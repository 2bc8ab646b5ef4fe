import { Column, Entity, PrimaryColumn } from 'typeorm';
import { id, json, milliseconds, millisecondsOrNull, text, textOrNull } from './columns.js';

@Entity({ name: 'wabas' })
export class WabaEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(text) name!: string;
  @Column(text) currency!: string;
  @Column(text) timezoneId!: string;
  @Column(text) namespace!: string;
  @Column(text) optInPolicy!: 'warn' | 'refuse';
  @Column(milliseconds) createdAt!: number;
}

@Entity({ name: 'templates' })
export class TemplateEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(id) wabaId!: string;
  @Column(text) name!: string;
  @Column(text) language!: string;
  @Column(text) category!: string;
  @Column(text) status!: string;
  @Column(text) parameterFormat!: string;
  /** `TemplateComponent[]`, as the author wrote it. */
  @Column(json) components!: object;
  @Column(textOrNull) rejectedReason!: string | null;
  @Column(milliseconds) createdAt!: number;
  @Column(millisecondsOrNull) reviewedAt!: number | null;
}
