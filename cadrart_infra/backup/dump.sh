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

# Ends where the server stopped: with what it said, after any command given, which may say more.
stopped() {
  local said
  said=$(without_rows "$1")
  echo "$said"
  "${@:3}"
  require_not_barred "$said"
  fail 14 "$2"
}

# Of what is written so far.
last_dumped_table() { gzip -dc "$file.partial" 2>/dev/null | last_table || true; }

# One session sends all, so that all is of one moment; it locks nothing.
whole_dump() {
  beside --execute="SELECT statement, ';' FROM $plan WHERE n > 0 ORDER BY n" | # CONCAT answers no text over a packet
    "$client" "${connection[@]}" --batch --raw --skip-column-names --quick --max-allowed-packet=1G --database="$DATABASE"
}

report_size() {
  while sleep 5 >/dev/null 2>&1; do
    echo "$(stat -c %s "$file.partial" 2>/dev/null || echo 0) bytes written"
  done
}

write() {
  report_size &
  local reporter=$! said status last
  set +e
  said=$({ whole_dump 2>&4 | gzip >"$file.partial"; printf '\n%s' "${PIPESTATUS[*]}"; } 4>&1)
  set -e
  read -r -a status <<<"${said##*$'\n'}"
  kill "$reporter"
  wait "$reporter" 2>/dev/null || true
  [[ ${status[1]} -eq 0 ]] || fail 11 "the compressed dump could not be written"
  [[ ${status[0]} -eq 0 ]] || stopped "${said%$'\n'*}" "the dump did not come to its end" last_dumped_table
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
  local answer asked=$SECONDS
  while true; do
    if answer=$(beside --connect-timeout=5 --execute="SELECT COALESCE((SELECT statement FROM $plan WHERE n = 0),
      IF(IS_USED_LOCK('$lock') IS NULL, 'nobody', ''))" 2>&1); then
      asked=$SECONDS
    fi
    case ${answer##*$'\n'} in
      keep) return ;;
      discard) fail 17 "it was not found to be the same" ;;
      nobody | *'ERROR 1049 '* | *'ERROR 1146 '*) fail 17 "nobody waits for the comparison any more" ;;
    esac
    # The server may end a question, where it alters the database for an object of an older character set; or let nobody
    # in for a moment.
    [[ $((SECONDS - asked)) -lt $retry_seconds ]] || fail 13 "$(without_rows "$answer")"
    sleep 0.2
  done
}

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
# How many tables are not InnoDB, all tables, events, and what the tables take, for whoever makes room for them.
[[ $product == mariadb ]] || fresh='SET SESSION information_schema_stats_expiry = 0;'
facts=$(query --execute="${fresh-} SELECT COUNT(IF(engine = 'InnoDB', NULL, 1)), COUNT(*),
  (SELECT COUNT(*) FROM information_schema.events WHERE event_schema = DATABASE()),
  COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_type NOT IN ('VIEW', 'SEQUENCE')" 2>&1) ||
  stopped "$facts" "the tables could not be counted"
read -r others tables events data <<<"${facts##*$'\n'}"
[[ $others -eq 0 ]] || echo "note: $others tables are not InnoDB; their rows may be newer than those of the others"
echo "dumping $DATABASE ($tables tables, $version)"
write
[[ $VERIFY == read ]] || compare
describe
mv -- "$record.partial" "$record"
mv -- "$file.partial" "$file"
sync "$BACKUPS"
remove_older
cat "$record"
