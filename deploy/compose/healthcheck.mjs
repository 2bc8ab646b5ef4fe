// Asks the app in this container whether it is ready; the image has no curl.
const port = process.env.RELAIS_HTTP_PORT ?? '8080';

try {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
