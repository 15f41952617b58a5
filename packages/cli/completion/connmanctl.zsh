#compdef connmanctl
# Completion of connmanctl for zsh: the program itself knows its commands and asks the daemon for names.
local -a candidates
candidates=("${(@f)$(connmanctl --complete "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
compadd -a candidates
