import { AbstractLogger, DataSource, type DataSourceOptions } from 'typeorm';
import { sessionConfig } from './session.js';
import { SnakeCaseStrategy } from './snake-case.strategy.js';

export interface CreateDataSource {
  readonly url: string;
  readonly applicationName: string;
  /** The schema of the app that owns the tables, and of its list of migrations. */
  readonly schema: string;
  readonly entities?: DataSourceOptions['entities'];
  readonly migrations?: DataSourceOptions['migrations'];
  /** 0: no limit (migrations fill tables). */
  readonly statementTimeoutMs?: number | undefined;
}

/**
 * A TypeORM data source that never changes the schema by itself: no synchronise, no extensions, no migrations at start.
 * The session settings are those of `Database`.
 */
export function createDataSource(options: CreateDataSource): DataSource {
  const { connectionString, application_name, ...session } = sessionConfig(options);
  return new DataSource({
    type: 'postgres',
    url: connectionString ?? options.url,
    applicationName: application_name ?? options.applicationName,
    schema: options.schema,
    entities: options.entities ?? [],
    migrations: options.migrations ?? [],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeCaseStrategy(),
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    logger: new NoLogger(false),
    extra: { ...session, max: 2 },
  });
}

/** TypeORM's own writes plain lines to standard output, some even when logging is off; what matters is thrown and logged by the caller. */
class NoLogger extends AbstractLogger {
  protected override writeLog(): void {}
}
