# Prints the record of every whole backup in the folder BACKUPS, one a line.
set -euo pipefail
for record in "$BACKUPS"/*.json; do
  [[ ! -f ${record%.json}.sql.gz ]] || cat "$record"
done
