import { lookup } from 'node:dns/promises';
import { type OutboundPolicy, USUAL_WEB_PORTS } from './addresses.js';

/** What an operator sets of where a kind of requests may go. */
export interface OutboundSettings extends Pick<
  OutboundPolicy,
  'allowHttp' | 'allowPublic' | 'allowLoopback' | 'allowedNetworks'
> {
  /** Otherwise the usual ports of the web. */
  readonly allowAnyPort: boolean;
}

/** The policy of these settings, with what no setting opens. */
export function outboundPolicy(settings: OutboundSettings, deniedNetworks: readonly string[]): OutboundPolicy {
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
 * The addresses of the node's own servers (database, bus), which nobody may have called even inside an allowed network.
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
