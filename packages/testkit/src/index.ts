/** What tests put in place of the machine: scripted ports, clocks and peers. */
export * from './memory-files';
