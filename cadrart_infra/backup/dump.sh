# Writes one backup of a database into a folder. Runs in a pod of the database's own image, after common.sh.
#
#   COMPARISON                    database that says what to send, and that the backup is loaded into to be compared
#   VERIFY                        load: whoever made that database compares what was loaded and answers; read: nobody
#   TIME                          of the backup, for NAME.json
#   SERVING                       who served the database at that time, as a JSON object
#   KEEP                          how many backups stay
#
# NAME.sql.gz is there only when it is whole: it is written under another name, compared, and renamed as the last step.

readonly plan='`cadrart_backup_plan`' notes='cadrart_backup_notes' lock='cadrart-backup' lost='-- cadrart-backup lost '

beside() { "$client" "${connection[@]}" --batch --raw --skip-column-names --database="$COMPARISON" "$@"; }

# One session sends all, so that all is of one moment; it locks nothing.
whole_dump() {
  beside --execute="SELECT CONCAT(statement, ';') FROM $plan WHERE n > 0 ORDER BY n" |
    "$client" "${connection[@]}" --batch --raw --skip-column-names --quick --max-allowed-packet=1G --database="$DATABASE"
}

tell_size() {
  while sleep 5 >/dev/null 2>&1; do
    echo "$(stat -c %s "$file.partial" 2>/dev/null || echo 0) bytes written"
  done
}

write() {
  tell_size &
  local teller=$! status last
  set +e
  whole_dump | gzip >"$file.partial"
  status=("${PIPESTATUS[@]}")
  set -e
  kill "$teller"
  wait "$teller" 2>/dev/null || true
  [[ ${status[1]} -eq 0 ]] || fail 11 "the compressed dump could not be written"
  if [[ ${status[0]} -ne 0 ]]; then
    gzip -dc "$file.partial" 2>/dev/null | last_table || true
    fail 14 "the dump did not come to its end"
  fi
  sync "$file.partial"
  gzip -t "$file.partial" || fail 15 "the compressed file is damaged"
  last=$(gzip -dc "$file.partial" | tail -n 1)
  [[ $last != "$lost"* ]] || fail 19 "tables with such rows: ${last#"$lost"}"
  [[ $last == "INSERT INTO \`$notes\`"*" 0x454e44, "* ]] || # END
    fail 15 "the dump has no proper end"
}

# Whoever asked for the backup compares what was loaded, and holds a lock meanwhile.
compare() {
  echo "loading it into $COMPARISON, to compare it"
  load_into "$COMPARISON" "$file.partial" || fail 17 "the server does not take it again"
  echo "$loaded"
  local answer=
  until [[ $answer == keep ]]; do
    answer=$(beside --execute="SELECT COALESCE((SELECT statement FROM $plan WHERE n = 0),
      IF(IS_USED_LOCK('$lock') IS NULL, 'nobody', ''))" 2>&1) || true
    # Where it alters the database for an object of an older character set, the server may end this question for that.
    [[ $answer != *'ERROR 1213 '* ]] || answer=
    [[ $answer == keep || -z $answer ]] || fail 17 "it was not found to be the same${answer#discard}"
    sleep 0.2
  done
}

count() { query --execute="SELECT COUNT(*) FROM information_schema.$1"; }

describe() {
  local bytes sum
  bytes=$(stat -c %s "$file.partial")
  sum=$(sha256sum <"$file.partial")
  printf '{"name": "%s", "database": "%s", "time": "%s", "server": "%s", "serving": %s, "tables": %d, "events": %d, %s}\n' \
    "$NAME" "$DATABASE" "$TIME" "$version" "$SERVING" "$tables" "$events" \
    "\"format\": 2, \"verified\": \"$VERIFY\", \"bytes\": $bytes, \"data\": $data, \"sha256\": \"${sum%% *}\"" \
    >"$record.partial" || fail 11 "the record could not be written"
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
trap 'rm -f -- "$file.partial" "$record.partial"' EXIT
tables_here="FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type NOT IN ('VIEW', 'SEQUENCE')"
others=$(query --execute="SELECT COUNT(*) $tables_here AND engine <> 'InnoDB'")
[[ $others -eq 0 ]] || echo "note: $others tables are not InnoDB; their rows may be newer than those of the others"
tables=$(query --execute="SELECT COUNT(*) $tables_here")
events=$(count 'events WHERE event_schema = DATABASE()')
# What the tables take, for whoever makes room for them.
[[ $product == mariadb ]] || fresh='SET SESSION information_schema_stats_expiry = 0;'
data=$(query --execute="${fresh-} SELECT COALESCE(SUM(data_length + index_length), 0) $tables_here")
echo "dumping $DATABASE ($tables tables, $version)"
write
[[ $VERIFY == read ]] || compare
describe
mv -- "$record.partial" "$record"
mv -- "$file.partial" "$file"
sync "$BACKUPS"
remove_older
cat "$record"
