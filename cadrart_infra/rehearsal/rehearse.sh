# Rehearses an upgrade of the database server on files of its own, in steps: each is a container of one pod, and they
# run one after the other. Nothing of it reaches production's server. The exit codes are read by errors.py.
#
#   STEP                          load: the server that runs now makes the files, and loads the backup into them;
#                                 upgrade: the new one takes them up; compare: and has what the old one had;
#                                 serve: it serves a release, beside it; ask: how the release is with it
#   WORK                          the folder that the steps share
#   SETTINGS                      text of the server's settings file
#   NEEDED                        bytes that the folder has to have room for
#   PORT                          of the server on the pod's own address, while the backup is loaded or a release runs
#   SOURCE                        the database that was backed up; further ones are read by $1
#   PLUGINS                       compare: how the accounts of the server that runs prove who they are, a line each
#   ACCOUNT, DATABASE_PASSWORD    load: an account for a release, empty for none, which proves who it is by PLUGIN
#   OWN_DATABASE                  load: the database that it has all rights on, as a GRANT takes it
#   RELEASE, HTTP_PORT            ask: the release's name, and where it answers HEALTH_PATH and SCHEMA_PATH
#   SUCCESSES, LIMIT              ask: healthy answers in a row, within this many seconds
#   $1                            load: the script that loads a backup

readonly data=$WORK/data socket=$WORK/server.sock settings=$WORK/settings.cnf log=$WORK/$STEP.log
readonly account=cadrart-rehearsal notes=cadrart_backup_notes end='//cadrart//'
readonly exists='1050|1304|1359|1537' # a view, a routine, a trigger, an event
readonly kinds="'FUNCTION', 'PROCEDURE', 'VIEW', 'TRIGGER', 'EVENT'"
pid=

if server=$(command -v mariadbd); then
  client=mariadb
else
  server=$(command -v mysqld) || fail 30 "the image has no mysqld and no mariadbd"
  client=$(command -v mysql || command -v mariadb) || fail 30 "the image has no client program"
fi
product=mysql
[[ $("$server" --no-defaults --version) != *MariaDB* ]] || product=mariadb

options=(--defaults-extra-file="$settings" --datadir="$data" --socket="$socket" --pid-file="$WORK/server.pid"
  --tmpdir="$WORK/tmp" --secure-file-priv="$WORK/tmp" --skip-log-bin --max-allowed-packet=1G)
[[ $product == mariadb ]] || options+=(--mysqlx=OFF)
[[ $(id -u) -ne 0 ]] || options+=(--user=root) # it changes to no other user; the pod has no privileges either

query() {
  "$client" --no-defaults --user=root --socket="$socket" --default-character-set=utf8mb4 --max-allowed-packet=1G \
    --batch --raw --skip-column-names "$@"
}

end_of_log() { tail -n 12 "$log"; }

# Whatever ends this script ends its server: outside of a pod nobody else would.
end_server() {
  [[ -z ${pid:-} ]] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true
}
trap end_server EXIT

start() {
  "$server" "${options[@]}" "$@" >>"$log" 2>&1 &
  pid=$!
  until query --execute='SELECT 1' >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null; then
      end_of_log
      fail 32 "$version does not start on these files"
    fi
    sleep 0.2
  done
}

stop() {
  query --execute='SHUTDOWN' 2>>"$log" || true
  if ! wait "$pid"; then
    end_of_log
    fail 33 "$version does not end as it should"
  fi
}

# A line for every table, with its rows and a digest of their text in any order; and one for every other object.
digest() {
  query --database="$SOURCE" --execute="
    SET SESSION group_concat_max_len = 1073741824, sql_mode = '', time_zone = '+00:00';
    SELECT CONCAT('SET SESSION sql_mode = '''', time_zone = ''+00:00''; SELECT ''table'', ', QUOTE(t.table_name),
      ', COUNT(*), COALESCE(SUM(h), 0), COUNT(*) - COUNT(h) FROM (SELECT CAST(CONV(LEFT(SHA2(CONCAT_WS('','', ',
      GROUP_CONCAT('IFNULL(HEX(',
        CASE
          WHEN c.data_type IN ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring',
            'multipolygon', 'geomcollection', 'geometrycollection', 'vector')
            THEN CONCAT('\`', REPLACE(c.column_name, '\`', '\`\`'), '\`')
          WHEN c.data_type IN ('float', 'double')
            THEN CONCAT('CONCAT(\`', REPLACE(c.column_name, '\`', '\`\`'), '\` + 0E0)')
          ELSE CONCAT('CONCAT(\`', REPLACE(c.column_name, '\`', '\`\`'), '\`)')
        END, '), ''N'')' ORDER BY c.ordinal_position SEPARATOR ', '),
      '), 256), 15), 16, 10) AS UNSIGNED) AS h FROM \`', REPLACE(t.table_name, '\`', '\`\`'), '\`',
      IF(t.table_type = 'SYSTEM VERSIONED', ' FOR SYSTEM_TIME ALL', ''), ') AS found;')
    FROM information_schema.tables t JOIN information_schema.columns c
      ON c.table_schema = t.table_schema AND c.table_name = t.table_name
    WHERE t.table_schema = DATABASE() AND t.table_type NOT IN ('VIEW', 'SYSTEM VIEW')
    GROUP BY t.table_name, t.table_type ORDER BY t.table_name" >"$WORK/statements"
  query --database="$SOURCE" <"$WORK/statements"
  query --database="$SOURCE" --execute="
    SELECT 'routine', routine_name, routine_type FROM information_schema.routines WHERE routine_schema = DATABASE()
    ORDER BY 2, 3;
    SELECT 'trigger', trigger_name, event_object_table FROM information_schema.triggers
    WHERE trigger_schema = DATABASE() ORDER BY 2;
    SELECT 'event', event_name, status FROM information_schema.events WHERE event_schema = DATABASE() ORDER BY 2"
  views
}

# Whether each view can be read; one whose owner is not among the accounts of this copy cannot, before and afterwards.
views() {
  local name said
  query --database="$SOURCE" --execute="SELECT table_name FROM information_schema.views
    WHERE table_schema = DATABASE() ORDER BY 1" | while IFS= read -r name; do
    said=$(query --database="$SOURCE" --execute="SELECT 1 FROM \`${name//\`/\`\`}\` LIMIT 0" 2>&1) || true
    said=${said##*ERROR }
    printf 'view\t%s\t%s\n' "$name" "${said%% *}"
  done
}

# The step's own settings are read after those of its image.
prepare() {
  mkdir -p "$WORK/tmp"
  export TMPDIR=$WORK/tmp # nothing else can be written to
  printf '%s' "$SETTINGS" >"$settings"
  version=$("$server" --no-defaults --version)
  version=${version#*Ver } version=${version%% *}
  [[ $product == mariadb ]] && version="MariaDB ${version%%-*}" || version="MySQL $version"
}

make_files() {
  if [[ $product == mariadb ]]; then
    mariadb-install-db "${options[@]}" --auth-root-authentication-method=normal --skip-test-db \
      --skip-name-resolve >>"$log" 2>&1
  else
    "$server" "${options[@]}" --initialize-insecure >>"$log" 2>&1
  fi || {
    end_of_log
    fail 34 "$version makes no files of its own"
  }
}

load() {
  local free part
  free=$(($(stat -f -c '%a * %S' "$WORK")))
  [[ $free -ge $NEEDED ]] || fail 31 "$((free >> 20)) MiB are free, and $((NEEDED >> 20)) MiB are needed"
  make_files
  start --bind-address=127.0.0.1 --port="$PORT"
  query --execute="CREATE DATABASE \`${SOURCE//\`/\`\`}\`; CREATE USER '$account'@'%', '$account'@'localhost';
    GRANT ALL ON *.* TO '$account'@'%' WITH GRANT OPTION; GRANT ALL ON *.* TO '$account'@'localhost' WITH GRANT OPTION"
  load_backup "$1"
  owners_in_notes | make_owners
  make_objects
  query --execute="DROP USER '$account'@'%', '$account'@'localhost'"
  [[ -z ${ACCOUNT:-} ]] || make_account
  digest | sort >"$WORK/before"
  stop
  echo "$version holds the backup: $(tables_in "$WORK/before") tables"
}

load_backup() {
  DATABASE=$SOURCE DATABASE_HOST=127.0.0.1 DATABASE_PORT=$PORT DATABASE_USER=$account MYSQL_PWD='' bash -c "$1" || exit
}

# Views and routines belong to accounts, which are in no backup: locked ones stand in for them.
owners_in_notes() {
  query --database="$SOURCE" --execute="
    SELECT DISTINCT JSON_UNQUOTE(JSON_EXTRACT(content, '$.definer')) FROM $notes WHERE kind IN ($kinds)"
}
make_owners() {
  local owner user host
  while IFS= read -r owner; do
    user=${owner%@*} host=${owner##*@}
    user=${user//\'/\'\'} host=${host//\'/\'\'}
    echo "CREATE USER IF NOT EXISTS '$user'@'$host' ACCOUNT LOCK; GRANT ALL ON *.* TO '$user'@'$host';"
  done | query --force >>"$log" 2>&1 || true
}

# With all rights on its database, as production's account has them; one that stood in for an owner had more.
make_account() {
  local who="'$ACCOUNT'@'%'"
  query <<<"CREATE USER IF NOT EXISTS $who; REVOKE ALL PRIVILEGES, GRANT OPTION FROM $who;
    GRANT ALL PRIVILEGES ON $OWN_DATABASE.* TO $who"
  if [[ $product == mariadb ]]; then
    identify "VIA $PLUGIN USING PASSWORD('$DATABASE_PASSWORD')"
  else
    identify "WITH $PLUGIN BY '$DATABASE_PASSWORD'"
  fi || identify "BY '$DATABASE_PASSWORD'" || {
    end_of_log
    fail 34 "$version makes no account for the release"
  }
}

identify() { query <<<"ALTER USER '$ACCOUNT'@'%' IDENTIFIED $1 ACCOUNT UNLOCK" 2>>"$log"; }

# What a backup holds beside its tables. A view may be read by one that comes before it, so there are two rounds; what
# this server does not make again is left out, and said.
make_objects() {
  {
    echo "DELIMITER $end"
    query --database="$SOURCE" --execute="
      SELECT CONCAT('SET SESSION sql_mode = ''', COALESCE(NULLIF(JSON_UNQUOTE(JSON_EXTRACT(content, '$.sql_mode')),
        'null'), ''), ''' $end\n', JSON_UNQUOTE(JSON_EXTRACT(content, '$.statement')), ' $end')
      FROM $notes WHERE kind IN ($kinds) ORDER BY n"
  } >"$WORK/objects"
  query --database="$SOURCE" --force <"$WORK/objects" >>"$log" 2>&1 || true
  query --database="$SOURCE" --force <"$WORK/objects" >"$WORK/refused" 2>&1 || true
  sed -nE "/^ERROR ($exists) /d; s/^ERROR /left out: ERROR /p" "$WORK/refused"
  query --database="$SOURCE" --execute="DROP TABLE $notes"
}

upgrade() {
  local begun=$SECONDS
  start --skip-networking
  if [[ $product == mariadb ]]; then
    mariadb-upgrade --no-defaults --user=root --socket="$socket" >>"$log" 2>&1 || {
      end_of_log
      fail 35 "mariadb-upgrade did not come to its end"
    }
  fi
  echo $((SECONDS - begun)) >"$WORK/seconds"
  stop
  echo "$version took its files up in $(<"$WORK/seconds") s"
}

compare() {
  start --skip-networking
  digest | sort >"$WORK/after"
  require_same
  require_plugins
  stop
  echo "compared: $(tables_in "$WORK/after") tables are the same in $version"
  printf '{"server": "%s", "tables": %d, "seconds": %d}\n' "$version" "$(tables_in "$WORK/after")" "$(<"$WORK/seconds")"
}

tables_in() { sed -n '/^table\t/p' "$1" | wc -l; }

require_same() {
  local different
  if sed -n '/^table\t.*\t0$/!{/^table\t/p}' "$WORK/after" | read -r _ different _; then
    fail 36 "table $different has rows that are too long to be compared"
  fi
  different=$(comm -3 "$WORK/before" "$WORK/after" | sed 's/^\t//' | cut -f 1,2 | sort -u | tr '\t' ' ')
  [[ -z $different ]] || fail 36 "not the same in $version: ${different//$'\n'/, }"
}

# Accounts are in no backup: one whose way to prove who it is has gone would be locked out.
require_plugins() {
  local who plugin lost=
  query --execute="SELECT plugin_name FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE'" >"$WORK/plugins"
  while IFS=$'\t' read -r who plugin; do
    [[ -z $plugin ]] || grep -qxF -- "$plugin" "$WORK/plugins" || lost+="${lost:+, }$who ($plugin)"
  done <<<"$PLUGINS"
  [[ -z $lost ]] || fail 37 "$version lets these accounts in no more: $lost"
}

serve() {
  start --bind-address=127.0.0.1 --port="$PORT"
  wait "$pid" || true
  end_of_log
  fail 32 "$version has ended"
}

# Waits until the release is well as often as it has to be; then the program judges what it answered.
ask() {
  local good=0 deadline=$((SECONDS + LIMIT))
  while [[ $good -lt $SUCCESSES ]]; do
    answer "$HEALTH_PATH"
    [[ $status == 2?? ]] && good=$((good + 1)) || good=0
    if [[ $good -eq 0 ]]; then
      [[ $SECONDS -lt $deadline ]] || fail 38 "$RELEASE: $HEALTH_PATH $(described_answer)"
      sleep 1
    else
      sleep 0.2
    fi
  done
  print_answer "$HEALTH_PATH"
  if [[ -n $SCHEMA_PATH ]]; then
    answer "$SCHEMA_PATH"
    print_answer "$SCHEMA_PATH"
  fi
}

# Puts status and body of what the release answers in variables; 0 where it does not. HTTP/1.0 has no chunks.
answer() {
  timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" || exit
    printf "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\nAccept: application/json\r\n\r\n" "$1" "$0" >&3
    cat <&3' "$HTTP_PORT" "$1" 2>/dev/null | tr -d '\000\r' >"$WORK/answer" || true
  status=$(sed -n '1s/^HTTP[^ ]* \([0-9][0-9][0-9]\).*/\1/p' "$WORK/answer")
  status=${status:-0}
  body=$(sed '1,/^$/d' "$WORK/answer")
}

described_answer() {
  [[ $status != 0 ]] && echo "answers $status: ${body:0:300}" || echo "gives no answer"
}

print_answer() { echo "rehearsal-answer $1 $status $(base64 -w 0 <<<"$body")"; }

prepare
case $STEP in
  load) load "$1" ;;
  upgrade | compare | serve | ask) "$STEP" ;;
  *) fail 1 "STEP is '$STEP', which is none of them" ;;
esac
