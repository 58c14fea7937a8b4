#!/bin/sh
# Prepares the data directory when it is empty, then runs the command. It knows these variables of the public image, each
# but the first also with _FILE: MARIADB_DATABASE, MARIADB_USER, MARIADB_PASSWORD, MARIADB_ROOT_PASSWORD.
set -eu

data=/var/lib/mysql
shares=/usr/share/mysql

secret() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  if [ -n "$file" ]; then cat "$file"; else printf %s "$value"; fi
}

quoted() {
  printf "'%s'" "$(printf %s "$1" | sed "s/[\\\\']/\\\\&/g")"
}

statements() {
  printf '%s;\n' 'CREATE DATABASE mysql' 'USE mysql' 'SET @auth_root_socket = "root"'
  for part in system_tables performance_tables system_tables_data; do cat "$shares/mysql_$part.sql"; done
  cat "$shares/maria_add_gis_sp_bootstrap.sql"
  echo 'FLUSH PRIVILEGES;'
  root=$(secret MARIADB_ROOT_PASSWORD)
  if [ -n "$root" ]; then
    echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$root");"
    echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$root");"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
  fi
  if [ -n "${MARIADB_DATABASE:-}" ]; then echo "CREATE DATABASE \`$MARIADB_DATABASE\`;"; fi
  if [ -n "${MARIADB_USER:-}" ]; then
    echo "CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "$(secret MARIADB_PASSWORD)");"
    echo "GRANT ALL ON \`${MARIADB_DATABASE:-%}\`.* TO $(quoted "$MARIADB_USER")@'%';"
  fi
}

if [ "$1" = mariadbd ]; then
  chown mysql:mysql "$data" /run/mysqld
  # Killed on its way, it begins anew: the directory gets its name when it is complete.
  if [ ! -d "$data/data" ]; then
    rm -rf "$data/new"
    mkdir "$data/new"
    chown mysql:mysql "$data/new"
    statements | mariadbd --bootstrap --user=mysql --datadir="$data/new"
    mv "$data/new" "$data/data"
  fi
  set -- "$@" --user=mysql --datadir="$data/data"
fi
exec "$@"
