import { lookup } from 'node:dns/promises';
import type { NodeSettings } from '#domain';
import { type OutboundPolicy, USUAL_WEB_PORTS } from '#runtime';

/** What the operator allows webhooks to call, from the node's settings. */
export function outboundPolicy(settings: NodeSettings['webhooks'], deniedNetworks: readonly string[]): OutboundPolicy {
  return {
    allowHttp: settings.allowHttp,
    allowedPorts: settings.allowAnyPort ? 'any' : USUAL_WEB_PORTS,
    allowPublic: settings.allowPublic,
    allowedNetworks: settings.allowedNetworks,
    allowLoopback: settings.allowLoopback,
    deniedNetworks,
  };
}

/**
 * The addresses of the node's own servers (database, bus), which no webhook may call even inside an allowed network.
 * Loopback is left out: it has a key of its own, and in a sandbox the receiver shares it with the servers.
 */
export async function ownServers(urls: readonly string[]): Promise<readonly string[]> {
  const hosts = urls
    .flatMap((url) => url.split(','))
    .flatMap((url) => (URL.canParse(url) ? [new URL(url).hostname.replace(/^\[|\]$/g, '')] : []));
  const found = await Promise.all(hosts.map((host) => lookup(host, { all: true }).catch(() => [])));
  return [...new Set(found.flat().map(({ address }) => address))].filter(
    (address) => !/^(127\.|::1$|::ffff:127\.)/.test(address),
  );
}
