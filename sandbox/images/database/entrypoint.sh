#!/bin/bash
# Starts the database server of this image, and prepares an empty data folder first, as the official images do:
#
#   MYSQL_ROOT_PASSWORD  password of root, needed to prepare an empty folder
#   MYSQL_ROOT_HOST      host that root may also come from (default %); localhost: root@localhost is the only one
#   MYSQL_DATABASE       database to make
#   MYSQL_USER           account to make, with all rights on that database; needs MYSQL_PASSWORD
#   MYSQL_PASSWORD       its password
#   /docker-entrypoint-initdb.d/*.sql, *.sh   run once, in the order of their names, against MYSQL_DATABASE
#
# A folder that was prepared before is left as it is, passwords included. Arguments of the container are given to the
# server. Nothing listens on TCP before all is prepared. DATABASE_SERVER (mysql or mariadb) comes from the image.
set -euo pipefail
export LC_ALL=C

readonly data=/var/lib/mysql
readonly runtime=/run/mysqld
readonly socket=$runtime/prepare.sock
# It is there from the first to the last step of the preparation: a folder that has it was never finished.
readonly unfinished=$data/.preparation-unfinished
readonly scripts=/docker-entrypoint-initdb.d

log() { echo "[entrypoint] $*"; }

fail() {
  echo "[entrypoint] error: $*" >&2
  exit 1
}

case "${DATABASE_SERVER:-}" in
  mysql)
    readonly server=/usr/sbin/mysqld client=/usr/bin/mysql
    readonly without_network=(--skip-networking --mysqlx=OFF)
    ;;
  mariadb)
    readonly server=/usr/sbin/mariadbd client=/usr/bin/mariadb
    readonly without_network=(--skip-networking)
    ;;
  *) fail "DATABASE_SERVER is '${DATABASE_SERVER:-}', not mysql or mariadb; the image sets it" ;;
esac

# With a leading option, or without arguments, the container runs the server; otherwise what it was asked to run.
if [[ $# -gt 0 && ${1:0:1} != - && $1 != mysqld && $1 != mariadbd ]]; then
  exec "$@"
fi
[[ ${1:-} == mysqld || ${1:-} == mariadbd ]] && shift

if [[ $EUID -eq 0 ]]; then
  # A mounted volume belongs to root at first; files of a former server belong to whoever that ran as.
  find "$data" "$runtime" /var/lib/mysql-files ! -user mysql -exec chown mysql:mysql {} +
  exec setpriv --reuid=mysql --regid=mysql --init-groups -- "$0" "$@"
fi

check_settings() {
  [[ -n ${MYSQL_ROOT_PASSWORD:-} ]] ||
    fail "the data folder is empty and MYSQL_ROOT_PASSWORD is not set; set it and start again"
  [[ ${MYSQL_USER:-} != root ]] ||
    fail "MYSQL_USER is root, which is there anyway; its password is MYSQL_ROOT_PASSWORD"
  [[ -z ${MYSQL_USER:-} || -n ${MYSQL_PASSWORD:-} ]] ||
    fail "MYSQL_USER is set and MYSQL_PASSWORD is not; set both or none"
}

# A string and an identifier for SQL, under NO_BACKSLASH_ESCAPES: only the quote itself is special.
string() { printf "'%s'" "${1//\'/\'\'}"; }
# shellcheck disable=SC2016 # the backticks are SQL's
identifier() { printf '`%s`' "${1//\`/\`\`}"; }

# The passwords reach the client by file descriptors, never by arguments or files.
option_file() {
  local password=${MYSQL_ROOT_PASSWORD//\\/\\\\}
  printf '[client]\nuser=root\nsocket=%s\npassword="%s"\n' "$socket" "$password"
}
as_new_root() { "$client" --no-defaults --batch --user=root --socket="$socket" "$@"; }
as_root() { "$client" --defaults-file=<(option_file) --batch ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} "$@"; }

accounts_sql() {
  echo "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';"
  echo "SET SESSION sql_log_bin = OFF;"
  local password
  password=$(string "$MYSQL_ROOT_PASSWORD")
  if [[ $DATABASE_SERVER == mariadb ]]; then
    # Its installer makes root for several hosts; FLUSH follows because these are writes to its own tables.
    echo "DELETE FROM mysql.global_priv WHERE User NOT IN ('mariadb.sys') AND NOT (User = 'root' AND Host = 'localhost');"
    echo "FLUSH PRIVILEGES;"
  fi
  if [[ ${MYSQL_ROOT_HOST:-%} != localhost ]]; then
    local account
    account="'root'@$(string "${MYSQL_ROOT_HOST:-%}")"
    echo "CREATE USER $account IDENTIFIED BY $password;"
    echo "GRANT ALL PRIVILEGES ON *.* TO $account WITH GRANT OPTION;"
  fi
  if [[ -n ${MYSQL_DATABASE:-} ]]; then
    echo "CREATE DATABASE IF NOT EXISTS $(identifier "$MYSQL_DATABASE");"
  fi
  if [[ -n ${MYSQL_USER:-} ]]; then
    local user
    user="$(string "$MYSQL_USER")@'%'"
    echo "CREATE USER $user IDENTIFIED BY $(string "$MYSQL_PASSWORD");"
    if [[ -n ${MYSQL_DATABASE:-} ]]; then
      # An underscore in a grant's database is a wildcard unless it is escaped.
      echo "GRANT ALL PRIVILEGES ON $(identifier "${MYSQL_DATABASE//_/\\_}").* TO $user;"
    fi
  fi
  echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $password;"
}

# Bash takes a signal only between two commands of its own, so what lasts runs beside it and is waited for.
interruptibly() {
  "$@" <&0 &
  running=$!
  wait "$running"
}

stop_preparing() {
  # shellcheck disable=SC2086 # they are process ids, or nothing
  kill ${running:-} ${prepared_by:-} 2>/dev/null || true
  wait
}

make_system_tables() {
  if [[ $DATABASE_SERVER == mysql ]]; then
    "$server" --initialize-insecure "$@"
  else
    mariadb-install-db --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve >/dev/null
  fi
}

start_unreachable_server() {
  "$server" "$@" "${without_network[@]}" --socket="$socket" &
  prepared_by=$!
  local _
  for _ in {1..600}; do
    kill -0 "$prepared_by" 2>/dev/null || fail "the server ended while the data folder was prepared; see its log above"
    as_new_root --execute='SELECT 1' >/dev/null 2>&1 && return
    sleep 0.1
  done
  fail "the server did not answer within a minute while the data folder was prepared"
}

run_scripts() {
  local script
  for script in "$scripts"/*; do
    case "$script" in
      *.sql)
        log "running $script"
        interruptibly as_root <"$script"
        ;;
      *.sh)
        log "running $script"
        interruptibly bash "$script"
        ;;
      "$scripts/*") ;; # there is none
      *) log "leaving $script alone: it is neither .sql nor .sh" ;;
    esac
  done
}

prepare() {
  check_settings
  log "preparing the data folder"
  trap 'log "stopped before the data folder was ready"; exit 143' TERM INT
  trap stop_preparing EXIT
  touch "$unfinished"
  sync "$unfinished" "$data"
  interruptibly make_system_tables "$@"
  start_unreachable_server "$@"
  as_new_root < <(accounts_sql)
  run_scripts
  kill "$prepared_by"
  wait "$prepared_by"
  trap - TERM INT EXIT
  rm "$unfinished"
  sync "$data"
  log "the data folder is ready"
}

if [[ -e $unfinished ]]; then
  log "the preparation of this data folder was cut off before its end: starting it over"
  find "$data" -mindepth 1 -maxdepth 1 ! -name lost+found ! -path "$unfinished" -exec rm -rf {} +
fi
if [[ -e $unfinished || ! -d $data/mysql ]]; then
  prepare "$@"
fi
exec "$server" "$@"
