# After list.sh: keeps the folder BACKUPS at hand for commands in this pod, until one ends it or none has run for a minute.
trap 'exit 0' TERM
echo "$READY"
used=$SECONDS
while [[ $((SECONDS - used)) -lt 60 ]]; do
  processes=(/proc/[0-9]*) # this shell is one of them
  [[ ${#processes[@]} -eq 1 ]] || used=$SECONDS
  sleep 1
done
