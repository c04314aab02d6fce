# What the scripts that talk to the server share; it comes before each of them. The exit codes are read by errors.py.
#
#   BACKUPS, NAME                 the folder, and the backup in it: NAME.sql.gz, with NAME.json beside it
#   DATABASE                      that is dumped, or loaded into
#   DATABASE_HOST, DATABASE_PORT  the server; DATABASE_USER, MYSQL_PWD: an account on it
#   free_settings, PRODUCT_old_tables  what sessions have, whatever the server gives to new ones: see jobs.py
#   access_denied, account_limited, cut_off, no_room, setting_forbids  regular expressions of its errors: see jobs.py

readonly file=$BACKUPS/$NAME.sql.gz record=$BACKUPS/$NAME.json
readonly events_follow='-- cadrart-backup: the events follow'
readonly retry_seconds=60 # seconds; a network policy lets a new pod in a moment after it has started

connection=(--no-defaults --host="$DATABASE_HOST" --port="$DATABASE_PORT" --user="$DATABASE_USER"
  --default-character-set=utf8mb4 --init-command="${free_settings[0]}")

if client=$(command -v mariadb); then
  product=mariadb
  # From 11.4 on it does not count MYSQL_PWD, would verify nothing, and would warn of that each time.
  connection+=(--skip-ssl-verify-server-cert)
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
  [[ ! $version =~ $access_denied ]] || fail 12 "$version"
  case $version in
    *'ERROR 1044'* | *'ERROR 1049'*) fail 16 "$version" ;;
  esac
  [[ $SECONDS -lt $retry_seconds ]] || fail 13 "$version"
  sleep 1
done
version=${version##*$'\n'} # after any warning

readonly loaded='loaded'

# What the server said, without the statement: MariaDB's client shows that too, with all of its rows, customers' data.
# Nor what the server quotes of them, which may go over several lines.
without_rows() {
  local all=$'\n'$1 error=$'\nERROR '
  [[ $all != *"$error"* ]] || all=$error${all##*"$error"}
  sed -zE -e "s/(Duplicate entry|[Ii]ncorrect [A-Za-z ]*value:?) '.*' for (key|column|function) /\1 '…' for \2 /" \
    -e "s/([Ii]ncorrect [A-Za-z ]*value:?) '[^…].*'\n*$/\1 '…'\n/" <<<"${all#$'\n'}"
}

# Fails where the server ended a connection or a statement, let nobody in, had it wait for a lock for too long, or forbids
# it by a setting for all, or by a limit of the account: that says nothing of what was sent.
require_not_barred() {
  [[ ! $1 =~ $cut_off ]] || fail 23 "the server did not let it go on"
  [[ ! $1 =~ $setting_forbids ]] || fail 24 "a setting of the server forbids it"
  [[ ! $1 =~ $account_limited ]] || fail 25 "a limit of the account forbids it"
}

# Of the first lines of a backup: the table that the last of them are about.
last_table() { sed -n 's/^-- cadrart-backup table //p' | tail -n 1 | sed 's/^/at table /'; }

# Loads a backup of this release into a database; where the server stops, it is said at which table.
load_into() {
  local database=$1 from=$2 lenient= said line
  # Tables that only an older server, or a less strict one, would have made.
  local -n settings=${product}_old_tables
  for setting in "${settings[@]}"; do
    if "$client" "${connection[@]}" --execute="SET SESSION $setting" >/dev/null 2>&1; then
      lenient+="SET SESSION $setting;"
    fi
  done
  if said=$( (echo "$lenient" && gzip -dc "$from") | "$client" "${connection[@]}" --max-allowed-packet=1G --comments \
    --batch --database="$database" 2>&1); then
    return
  fi
  said=$(without_rows "$said")
  echo "$said"
  if [[ $said =~ 'at line '([0-9]+) ]]; then
    line=${BASH_REMATCH[1]}
    gzip -dc "$from" | head -n "$((line - 1))" | last_table
  fi
  [[ ! $said =~ $no_room ]] || fail 18 "its disk is full"
  require_not_barred "$said"
  return 1
}
