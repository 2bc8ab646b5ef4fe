#!/usr/bin/env bash
# Run by the Postgres image when the volume is new: the apps get a role of their own, which is no superuser.
set -euo pipefail

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set=password="$(cat /run/secrets/postgres_password)" <<'SQL'
CREATE ROLE relais LOGIN PASSWORD :'password';
CREATE DATABASE relais OWNER relais;
SQL
