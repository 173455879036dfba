#!/bin/sh
# A role and a schema for each file in /roles: its name is theirs, its content the password.
set -eu
for file in /roles/*; do
  psql --set ON_ERROR_STOP=1 --username postgres --dbname contact_center \
    --set role="$(basename "$file")" --set password="$(cat "$file")" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE SCHEMA :"role" AUTHORIZATION :"role";
SQL
done
