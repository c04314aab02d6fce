# What every script in a Job's pod begins with.
set -euo pipefail
export LC_ALL=C
umask 077

# Ends the script: its exit code says what went wrong, the line is for the log.
fail() {
  local code=$1
  shift
  echo "error: $*"
  exit "$code"
}

