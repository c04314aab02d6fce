# common.sh and dump.sh of the releases whose backups were dumps of the client programs: what they wrote is restored as before.
#
# What the scripts that talk to the server share; it comes before each of them. The exit codes are read by errors.py.
#
#   BACKUPS, NAME                 the folder, and the backup in it: NAME.sql.gz, with NAME.json beside it
#   DATABASE                      that is dumped, or loaded into
#   DATABASE_HOST, DATABASE_PORT  the server; DATABASE_USER, MYSQL_PWD: an account on it
set -euo pipefail
export LC_ALL=C
umask 077

readonly file=$BACKUPS/$NAME.sql.gz record=$BACKUPS/$NAME.json
readonly events_follow='-- cadrart-backup: the events follow'
readonly retry_seconds=60 # seconds; a network policy lets a new pod in a moment after it has started

connection=(--no-defaults --host="$DATABASE_HOST" --port="$DATABASE_PORT" --user="$DATABASE_USER"
  --default-character-set=utf8mb4)

fail() {
  local code=$1
  shift
  echo "error: $*"
  exit "$code"
}

if client=$(command -v mariadb); then
  product=mariadb
else
  client=$(command -v mysql) || fail 10 "the image has neither mysql nor mariadb"
  product=mysql
  connection+=(--get-server-public-key)
fi
command -v gzip >/dev/null || fail 10 "the image has no gzip"

query() { "$client" "${connection[@]}" --batch --raw --skip-column-names --database="$DATABASE" "$@"; }

# The server's version, as soon as it answers.
version=
until version=$(query --connect-timeout=5 --execute='SELECT VERSION()' 2>&1); do
  case $version in
    *'ERROR 1045'* | *'ERROR 1698'*) fail 12 "$version" ;;
    *'ERROR 1044'* | *'ERROR 1049'*) fail 16 "$version" ;;
  esac
  [[ $SECONDS -lt $retry_seconds ]] || fail 13 "$version"
  sleep 1
done
version=${version##*$'\n'} # after any warning

# Writes one verified backup of a database into a folder. Runs in a pod of the database's own image, after common.sh.
#
#   TIME                          of the backup, for NAME.json
#   SERVING                       who served the database at that time, as a JSON object
#   KEEP                          how many backups stay
#
# NAME.sql.gz is there only when it is whole: it is written under another name, verified, and renamed as the last step.

if [[ $product == mariadb ]]; then
  dump=$(command -v mariadb-dump) || fail 10 "the image has no mariadb-dump"
  own_options=()
else
  dump=$(command -v mysqldump) || fail 10 "the image has no mysqldump"
  own_options=(--set-gtid-purged=OFF --column-statistics=0)
  # They are the server's, not the database's; a client that knows them reads a table that this account may not read.
  [[ $("$dump" --no-defaults --help) != *masking-policies* ]] || own_options+=(--skip-masking-policies)
fi

# One line for each table, as the dump has it; and one for each that has rows.
quoted="CONCAT('\`', REPLACE(table_name, '\`', '\`\`'), '\`')"
base_tables="FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
created_lines() { query --execute="SELECT CONCAT('CREATE TABLE ', $quoted) $base_tables" | sort; }
inserted_lines() {
  query --execute="SELECT CONCAT('(SELECT ', QUOTE(CONCAT('INSERT INTO ', $quoted)), ' FROM ', $quoted, ' LIMIT 1);')
    $base_tables" | query | sort
}
lines_expected() { created_lines && inserted_lines; }

# Neither part locks a table: the first reads one snapshot, the second reads no rows.
dump_part() {
  "$dump" "${connection[@]}" --single-transaction --skip-lock-tables --quick --hex-blob --no-tablespaces \
    --max-allowed-packet=1G --skip-add-drop-table --skip-dump-date ${own_options[@]+"${own_options[@]}"} "$@" "$DATABASE"
}
whole_dump() {
  dump_part --triggers --routines --skip-events &&
    echo "$events_follow" &&
    dump_part --skip-triggers --skip-routines --events --no-data --no-create-info
}

tell_size() {
  while sleep 5 >/dev/null 2>&1; do
    echo "$(stat -c %s "$file.partial" 2>/dev/null || echo 0) bytes written"
  done
}

write() {
  tell_size &
  local teller=$! status
  set +e
  whole_dump | gzip >"$file.partial"
  status=("${PIPESTATUS[@]}")
  set -e
  kill "$teller"
  wait "$teller" 2>/dev/null || true
  [[ ${status[1]} -eq 0 ]] || fail 11 "the compressed dump could not be written"
  [[ ${status[0]} -eq 0 ]] || fail 14 "the dump did not come to its end"
  sync "$file.partial"
}

# What was there before the dump and is there after it has to be in it.
verify() {
  local found after both missing
  gzip -t "$file.partial" || fail 15 "the compressed file is damaged"
  found=$(gzip -dc "$file.partial" | sed -nE \
    's/^((CREATE TABLE|INSERT INTO) `([^`]|``)+`).*/\1/p; s/^(-- Dump completed)$/\1/p; s/^(-- cadrart-backup: .*)$/\1/p')
  [[ $(lines_in "$found" '-- Dump completed') -eq 2 ]] || fail 15 "the dump has no proper end"
  [[ $(lines_in "$found" "$events_follow") -eq 1 ]] || fail 15 "its events cannot be told apart"
  after=$(lines_expected)
  both=$(printf '%s\n' "$before" "$after" | sort | uniq -d)
  missing=$(printf '%s\n' "$both" "$found" "$found" | sort | uniq -u) # what is not found is there once
  [[ -z $missing ]] || fail 15 "the dump lacks: ${missing//$'\n'/, }"
}
lines_in() { printf '%s\n' "$1" | sed -n "/^$2\$/p" | wc -l; }

count() { query --execute="SELECT COUNT(*) FROM information_schema.$1"; }

describe() {
  local bytes sum
  bytes=$(stat -c %s "$file.partial")
  sum=$(sha256sum <"$file.partial")
  printf '{"name": "%s", "database": "%s", "time": "%s", "server": "%s", "serving": %s, "tables": %d, "events": %d, %s}\n' \
    "$NAME" "$DATABASE" "$TIME" "$version" "$SERVING" "$tables" "$events" \
    "\"bytes\": $bytes, \"data\": $data, \"sha256\": \"${sum%% *}\"" >"$record.partial" || fail 11 "the record could not be written"
  sync "$record.partial"
}

# The newest stay; what others put into the folder stays as well.
remove_older() {
  local old
  find "$BACKUPS" -maxdepth 1 -name '[0-9]*-[0-9]*-*.sql.gz' ! -name "$NAME.sql.gz" | sort -r | tail -n "+$KEEP" |
    while read -r old; do
      rm -f -- "$old" "${old%.sql.gz}.json"
      echo "removed ${old##*/}, for $KEEP are kept"
    done
}

rm -f -- "$BACKUPS"/*.partial # of a run that was cut off
others=$(count "tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'")
[[ $others -eq 0 ]] || echo "note: $others tables are not InnoDB; their rows may be newer than those of the others"
before=$(lines_expected)
tables=$(created_lines | wc -l)
events=$(count 'events WHERE event_schema = DATABASE()')
# What the tables take, for whoever makes room for them.
[[ $product == mariadb ]] || fresh='SET SESSION information_schema_stats_expiry = 0;'
data=$(query --execute="${fresh-} SELECT COALESCE(SUM(data_length + index_length), 0) $base_tables")
echo "dumping $DATABASE ($tables tables, $version)"
write
verify
describe
mv -- "$record.partial" "$record"
mv -- "$file.partial" "$file"
sync "$BACKUPS"
remove_older
cat "$record"
