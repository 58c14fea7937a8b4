#!/bin/sh
# Writes row after row; its page has the number of each that the database has taken.
set -u
trap 'exit 0' TERM
MYSQL_PWD=$(cat /run/secrets/db_password)
export MYSQL_PWD
mkdir -p /srv
: > /srv/index.html
httpd -p 8080 -h /srv
while :; do
  mariadb --host=db --user=notes --connect-timeout=2 --skip-column-names \
    --execute="INSERT INTO notes (author) VALUES ('$AUTHOR') RETURNING id" notes >> /srv/index.html
  sleep 0.1
done
