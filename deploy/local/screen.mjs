// What the person at the terminal sees: one line for each step, which counts its seconds while it takes long.

/** Steps shorter than this are not worth a sign of life on a screen that cannot be rewritten. */
const STILL_EVERY_MS = 10_000;

/**
 * @param {{ stream?: NodeJS.WriteStream }} options
 * @returns {import('./screen.mjs').Screen}
 */
export function terminalScreen({ stream = process.stdout } = {}) {
  const live = Boolean(stream.isTTY) && !process.env.CI;
  return {
    line(text = '') {
      stream.write(`${text}\n`);
    },
    async step(text, work) {
      const began = performance.now();
      const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
      let note = '';
      const draw = () => stream.write(`\r\u001B[2K  … ${text}${note ? `: ${note}` : ''} (${Math.floor(Number(seconds()))} s)`);
      if (live) draw();
      const timer = setInterval(
        () => (live ? draw() : stream.write(`  … ${text}${note ? `: ${note}` : ''} (${Math.floor(Number(seconds()))} s)\n`)),
        live ? 1000 : STILL_EVERY_MS,
      );
      const finish = (sign, more) => {
        clearInterval(timer);
        stream.write(`${live ? '\r\u001B[2K' : ''}  ${sign} ${text}${more ? `: ${more}` : ''} (${seconds()} s)\n`);
      };
      try {
        const result = await work((words) => {
          note = words;
        });
        finish('✓', note);
        return result;
      } catch (error) {
        finish('✗', '');
        throw error;
      }
    },
  };
}

/** For tests and benches: steps run in silence, lines go to `log`. */
export function quietScreen(log = () => {}) {
  return {
    line: (text = '') => log(text),
    step: (_text, work) => work(() => {}),
  };
}
