import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

/** `windowUntil` → `window_until`, `wabaID` → `waba_id`, `line2Text` → `line2_text`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** TypeORM's own default keeps `camelCase` column names, which SQL written by hand would have to quote. */
export class SnakeCaseStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(className: string, customName: string | undefined): string {
    return customName ?? snakeCase(className.replace(/Entity$/, ''));
  }

  override columnName(propertyName: string, customName: string | undefined, embeddedPrefixes: string[]): string {
    return [...embeddedPrefixes.map(snakeCase), customName ?? snakeCase(propertyName)].join('_');
  }

  override relationName(propertyName: string): string {
    return snakeCase(propertyName);
  }

  override joinColumnName(relationName: string, referencedColumnName: string): string {
    return `${snakeCase(relationName)}_${snakeCase(referencedColumnName)}`;
  }

  override joinTableName(firstTableName: string, secondTableName: string): string {
    return `${snakeCase(firstTableName)}_${snakeCase(secondTableName)}`;
  }

  override joinTableColumnName(tableName: string, propertyName: string, columnName?: string): string {
    return `${snakeCase(tableName)}_${columnName ?? snakeCase(propertyName)}`;
  }
}
