// What the part alone uses: it must not be in the program.
export const onlyHere = (): string => 'text of the part alone';
