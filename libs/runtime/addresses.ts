import ipaddr from 'ipaddr.js';

/** What an operator allows to be called. Part of the node's settings, so it may change while the node runs. */
export interface OutboundPolicy {
  /** Plain http besides https. */
  readonly allowHttp: boolean;
  readonly allowedPorts: readonly number[] | 'any';
  /** Public addresses; switched off in a closed network. */
  readonly allowPublic: boolean;
  /** Private networks as CIDR or single address, and host names (`crm.lan`, `*.crm.lan`). */
  readonly allowedNetworks: readonly string[];
  /** The second, explicit key for this machine's own addresses; it opens no other denied range. */
  readonly allowLoopback: boolean;
  /** Never called, whatever the rest says: the node's own database, bus and cluster networks. CIDR or single address. */
  readonly deniedNetworks?: readonly string[] | undefined;
}

/** The ports of the web, and their usual alternatives. */
export const USUAL_WEB_PORTS: readonly number[] = [80, 443, 8080, 8443];

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/**
 * Addresses of cloud metadata services that lie outside the link-local range: AWS over IPv6, Alibaba, Oracle, and Azure's
 * wire server, which is an ordinary public address.
 */
const METADATA = new Set(['fd00:ec2::254', '100.100.100.200', '192.0.0.192', '168.63.129.16']);

/**
 * The address that a packet really goes to: IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4) is unwrapped, a zone is
 * dropped. Undefined when the text is no address.
 */
export function normalizeAddress(text: string): string | undefined {
  return parse(text)?.toString();
}

/** Why an address may not be called; undefined when it may. `hostName` is the name that it was found by. */
export function addressFault(address: string, hostName: string, policy: OutboundPolicy): string | undefined {
  const parsed = parse(address);
  if (!parsed) return 'is no IP address';
  const denied = hardDenial(parsed, policy);
  if (denied) return denied;
  if (parsed.range() === 'loopback') return undefined;
  if (isAllowedName(hostName, policy) || isInside(parsed, policy.allowedNetworks)) return undefined;
  if (!isGlobal(parsed)) return 'is not public and in no allowed network';
  return policy.allowPublic ? undefined : 'is public, and public addresses are not allowed';
}

/** Globally routed unicast. For IPv6 that is 2000::/3 only; the rest is unassigned, local or gone (site-local). */
function isGlobal(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || ((address.toByteArray()[0] as number) & 0xe0) === 0x20;
}

/** Ranges that no network list can open. */
function hardDenial(address: Address, policy: OutboundPolicy): string | undefined {
  if (isInside(address, policy.deniedNetworks ?? [])) return 'belongs to the node itself';
  switch (address.range()) {
    case 'loopback':
      return policy.allowLoopback ? undefined : "is this machine's own (loopback)";
    case 'linkLocal':
      return 'is link-local';
    case 'multicast':
    case 'broadcast':
      return 'is multicast or broadcast';
    case 'unspecified':
      return 'is unspecified';
    default:
  }
  if (METADATA.has(address.toString())) return 'belongs to a metadata service';
  // 0.0.0.0/8 means "this network" and reaches this machine on some systems.
  if (address.kind() === 'ipv4' && address.toByteArray()[0] === 0) return 'is unspecified';
  return undefined;
}

function isAllowedName(hostName: string, policy: OutboundPolicy): boolean {
  const name = hostName.toLowerCase().replace(/\.$/, '');
  return policy.allowedNetworks.some((entry) => {
    const wanted = entry.trim().toLowerCase();
    if (parseNetwork(wanted)) return false;
    return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : wanted !== '' && name === wanted;
  });
}

function isInside(address: Address, networks: readonly string[]): boolean {
  return networks.some((text) => {
    const network = parseNetwork(text.trim());
    if (!network || network[0].kind() !== address.kind()) return false;
    return (address as ipaddr.IPv4).match(network as [ipaddr.IPv4, number]);
  });
}

function parseNetwork(text: string): Network | undefined {
  const single = ipaddr.isValid(text) ? parse(text) : undefined;
  if (single) return [single, single.kind() === 'ipv4' ? 32 : 128];
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}

function parse(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  // Only the four-part and colon forms: shorthand such as 127.1 is for the URL parser to expand, never for this one to guess.
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.parse(bare);
  return address instanceof ipaddr.IPv6 ? unwrap(address) : address;
}

function unwrap(address: ipaddr.IPv6): Address {
  const bytes = address.toByteArray();
  const ipv4At = (start: number): ipaddr.IPv4 => new ipaddr.IPv4(bytes.slice(start, start + 4));
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
    case 'rfc6052':
      return ipv4At(12);
    case '6to4':
      return ipv4At(2);
    default:
  }
  const zeros = (count: number): boolean => bytes.slice(0, count).every((byte) => byte === 0);
  // The deprecated IPv4-compatible form; :: and ::1 are what they are.
  if (zeros(12) && !(zeros(15) && (bytes[15] as number) <= 1)) return ipv4At(12);
  // 64:ff9b:1::/48, NAT64 with a local prefix (RFC 8215), in its usual /96 shape.
  if (address.match(ipaddr.IPv6.parse('64:ff9b:1::'), 48)) return ipv4At(12);
  return address;
}
