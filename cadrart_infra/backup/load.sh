# Loads one part of a backup into a database. Runs in a pod of the database's own image.
#
#   BACKUPS, NAME, SHA256         the folder, the backup, and the checksum that its file must have
#   PART                          tables: everything but events; events: nothing but events
#   DATABASE                      where to; it exists
#   DATABASE_HOST, DATABASE_PORT, DATABASE_USER, MYSQL_PWD
#
# The exit codes are read by failures.py.
set -euo pipefail
export LC_ALL=C

readonly file=$BACKUPS/$NAME.sql.gz
readonly events_follow='-- cadrart-backup: the events follow'

fail() {
  local code=$1
  shift
  echo "error: $*"
  exit "$code"
}

connection=(--no-defaults --host="$DATABASE_HOST" --port="$DATABASE_PORT" --user="$DATABASE_USER"
  --default-character-set=utf8mb4 --max-allowed-packet=1G --comments)
if ! client=$(command -v mariadb); then
  client=$(command -v mysql) || fail 10 "the image has neither mysql nor mariadb"
  connection+=(--get-server-public-key)
fi
[[ -f $file ]] || fail 20 "there is no $NAME.sql.gz"
echo "verifying $NAME"
[[ $(sha256sum <"$file") == "$SHA256 "* ]] || fail 21 "the checksum is not the one that was noted"

part() {
  case $PART in
    tables) sed "/^$events_follow\$/,\$d" ;;
    events) sed "1,/^$events_follow\$/d" ;;
    *) fail 1 "PART is '$PART', neither tables nor events" ;;
  esac
}
# A date that the calendar lacks passes as it is, where the dump itself would have it turned into zeros.
lenient() { sed "1,40s/SQL_MODE='NO_AUTO_VALUE_ON_ZERO'/SQL_MODE='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'/"; }

echo "loading $PART into $DATABASE"
gzip -dc "$file" | part | lenient | "$client" "${connection[@]}" --batch --database="$DATABASE" ||
  fail 22 "the server did not take it"
echo "loaded"
