# Completion of connmanctl for fish: the program itself knows its commands and asks the daemon for names.
complete -c connmanctl -f -a '(connmanctl --complete (commandline -cp) 2>/dev/null)'
