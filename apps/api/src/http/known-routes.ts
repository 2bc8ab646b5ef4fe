import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/**
 * Which methods a path has, so that a call with another one is told apart from a call to nowhere. The router itself only
 * knows both together.
 */
export class KnownRoutes {
  private readonly routes = new Map<string, KnownRoute>();

  /** Listens to what is registered from now on. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      for (const each of Array.isArray(method) ? method : [method]) this.add(each, url);
    });
  }

  add(method: string, url: string): void {
    const known = this.routes.get(url) ?? { segments: segmentsOf(url), methods: new Set<string>() };
    known.methods.add(method.toUpperCase());
    this.routes.set(url, known);
  }

  /** The methods of a path, for an `Allow` header; undefined when no method would find anything there. */
  methodsOf(path: string): readonly string[] | undefined {
    const segments = segmentsOf(path);
    const found = new Set<string>();
    for (const route of this.routes.values()) {
      if (matches(route.segments, segments)) for (const method of route.methods) found.add(method);
    }
    if (found.size === 0) return undefined;
    return [...found.add('OPTIONS')].toSorted();
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.at(-1) === '*')
    return segments.length >= pattern.length - 1 && pattern.slice(0, -1).every((part, at) => fits(part, segments[at]));
  return pattern.length === segments.length && pattern.every((part, at) => fits(part, segments[at]));
}

function fits(part: string, segment: string | undefined): boolean {
  return part.startsWith(':') || part === segment;
}
