# Prints the name of every backup in the folder BACKUPS, and its record, if there is one, on a line of its own.
for file in "$BACKUPS"/*.sql.gz; do
  [[ -f $file ]] || continue
  echo "backup $(basename -- "$file" .sql.gz)"
  # A record that was cut has no end of line.
  cat -- "${file%.sql.gz}.json" 2>/dev/null || true
  echo
done
