import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('../../', import.meta.url));

/** How each language runs a file, and how it says that it is there. */
const languages: Readonly<Record<string, { readonly command: string; readonly version: string }>> = {
  '.mjs': { command: process.execPath, version: '--version' },
  '.py': { command: 'python3', version: '--version' },
  '.java': { command: 'java', version: '--version' },
};

export interface Snippet {
  readonly file: string;
  readonly code: string;
}

/** The fenced blocks of a guide that have a file name: ```js file=send.mjs */
export async function snippetsOf(guide: string): Promise<readonly Snippet[]> {
  const text = await readFile(join(HERE, guide), 'utf8');
  return [...text.matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, file = '', code = '']) => ({ file, code }));
}

/** Why a snippet cannot be run on this machine; undefined: it can. */
export function missingFor({ file }: Snippet): string | undefined {
  const language = languages[extname(file)];
  if (!language) return `nothing runs ${extname(file)}`;
  try {
    execFileSync(language.command, [language.version], { stdio: 'ignore', timeout: 10_000 });
    return undefined;
  } catch {
    return `${language.command} is not installed`;
  }
}

/** A snippet as a process, in a directory from which it finds the packages of this project. */
export class RunningSnippet {
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
    readonly ended: Promise<number | null>,
  ) {}

  static async start({ file, code }: Snippet, env: Readonly<Record<string, string>>): Promise<RunningSnippet> {
    await mkdir(join(HERE, 'var'), { recursive: true });
    const home = await mkdtemp(join(HERE, 'var', 'snippet-'));
    await writeFile(join(home, file), code);
    const { command } = languages[extname(file)]!;
    const child = spawn(command, [file], { cwd: home, env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
    const ended = new Promise<number | null>((resolve) => {
      child.on('exit', resolve);
      child.on('error', () => resolve(null));
    });
    const running = new RunningSnippet(child, home, ended);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (running.output += data.toString('utf8')));
    return running;
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.ended;
    await rm(this.home, { recursive: true, force: true });
  }
}
