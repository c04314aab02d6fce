# Loads one part of a backup into a database that exists. Runs in a pod of the database's own image, after common.sh.
#
#   SHA256                        the checksum that the backup's file must have
#   SOURCE                        the database that was dumped
#   FORMAT                        2: loaded as it is. 1, of older releases: a dump of the client programs
#   PART                          of a dump. tables: everything but events; events: nothing but events

[[ -f $file ]] || fail 20 "there is no $NAME.sql.gz"
echo "verifying $NAME"
[[ $(sha256sum <"$file") == "$SHA256 "* ]] || fail 21 "the checksum is not the one that was noted"

if [[ $FORMAT == 2 ]]; then
  echo "loading it into $DATABASE"
  load_into "$DATABASE" "$file" || fail 22 "the server did not take it"
  echo "$loaded"
  exit
fi

part() {
  case $PART in
    tables) sed "/^$events_follow\$/,\$d" ;;
    events) sed "1,/^$events_follow\$/d" ;;
    *) fail 1 "PART is '$PART', neither tables nor events" ;;
  esac
}
# A date that the calendar lacks passes as it is, where the dump itself would have it turned into zeros.
lenient() { sed "1,40s/SQL_MODE='NO_AUTO_VALUE_ON_ZERO'/SQL_MODE='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'/"; }

# Definitions that name the dumped database would change that one: those that a dump holds name the one that is loaded.
named=$(sed 's/[][\.*^$/+?(){}|]/\\&/g' <<<"$SOURCE")
here=$(sed 's/[\&/]/\\&/g' <<<"$DATABASE")
at_home() {
  sed -E "s/^ALTER DATABASE \`$named\` /ALTER DATABASE \`$here\` /
    /^(\/\*![0-9]+ )?CREATE.* TRIGGER /{
      s/( TRIGGER +(IF NOT EXISTS +)?)(\`$named\`|$named) *\. */\1/
      s/( ON +)(\`$named\`|$named) *\. */\1/
    }"
}

echo "loading $PART into $DATABASE"
said=$(gzip -dc "$file" | part | lenient | at_home | "$client" "${connection[@]}" --max-allowed-packet=1G --comments \
  --batch --database="$DATABASE" 2>&1) || {
  without_rows "$said"
  fail 22 "the server did not take it"
}
echo "$loaded"
