/** Something that the person at the terminal can mend: shown as its message alone, without a stack. */
export class Trouble extends Error {
  name = 'Trouble';
}

/** Shows an error at the end of a command: a `Trouble` in its own words, anything else with its stack. */
export function show(error, stream = process.stderr) {
  stream.write(`\n${error instanceof Trouble ? error.message : (error?.stack ?? String(error))}\n`);
}
