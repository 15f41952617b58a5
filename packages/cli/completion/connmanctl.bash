# Completion of connmanctl for bash: the program itself knows its commands and asks the daemon for names.
_connmanctl() {
  local IFS=$'\n'
  COMPREPLY=($(connmanctl --complete "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
}
complete -F _connmanctl connmanctl
