import { describe, expect, it } from 'vitest';
import { type OutboundPolicy, addressFault, normalizeAddress } from './addresses.js';

const closed: OutboundPolicy = {
  allowHttp: false,
  allowedPorts: [443],
  allowPublic: true,
  allowedNetworks: [],
  allowLoopback: false,
};
const withNetworks = (...allowedNetworks: string[]): OutboundPolicy => ({ ...closed, allowedNetworks });

describe('normalizeAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['::7f00:1', '127.0.0.1'],
    ['64:ff9b::7f00:1', '127.0.0.1'],
    ['64:ff9b:1::a9fe:a9fe', '169.254.169.254'],
    ['::ffff:0:127.0.0.1', '127.0.0.1'],
    ['2002:7f00:1::', '127.0.0.1'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['::', '::'],
    ['0177.0.0.1', undefined],
    ['127.1', undefined],
    ['2130706433', undefined],
    ['crm.example', undefined],
    ['', undefined],
  ])('%s is %s', (text, expected) => {
    expect(normalizeAddress(text)).toBe(expected);
  });
});

describe('addressFault', () => {
  it.each([
    ['8.8.8.8', undefined],
    ['2606:4700::1111', undefined],
    ['127.0.0.1', "is this machine's own (loopback)"],
    ['127.255.255.254', "is this machine's own (loopback)"],
    ['::1', "is this machine's own (loopback)"],
    ['::ffff:127.0.0.1', "is this machine's own (loopback)"],
    ['64:ff9b::127.0.0.1', "is this machine's own (loopback)"],
    ['0.0.0.0', 'is unspecified'],
    ['0.1.2.3', 'is unspecified'],
    ['::', 'is unspecified'],
    ['169.254.169.254', 'is link-local'],
    ['::ffff:169.254.169.254', 'is link-local'],
    ['fe80::1', 'is link-local'],
    ['224.0.0.1', 'is multicast or broadcast'],
    ['255.255.255.255', 'is multicast or broadcast'],
    ['ff02::1', 'is multicast or broadcast'],
    ['168.63.129.16', 'belongs to a metadata service'],
    ['100.100.100.200', 'belongs to a metadata service'],
    ['fd00:ec2::254', 'belongs to a metadata service'],
    ['10.0.0.1', 'is not public and in no allowed network'],
    ['172.16.0.1', 'is not public and in no allowed network'],
    ['192.168.1.1', 'is not public and in no allowed network'],
    ['100.64.0.1', 'is not public and in no allowed network'],
    ['198.18.0.1', 'is not public and in no allowed network'],
    ['240.0.0.1', 'is not public and in no allowed network'],
    ['fc00::1', 'is not public and in no allowed network'],
    ['fec0::1', 'is not public and in no allowed network'],
    ['2001:db8::1', 'is not public and in no allowed network'],
    ['no address', 'is no IP address'],
  ])('%s by default: %s', (address, fault) => {
    expect(addressFault(address, 'host', closed)).toBe(fault);
  });

  it.each<[string, string, string[], string | undefined]>([
    ['10.20.3.4', 'crm.lan', ['10.20.0.0/16'], undefined],
    ['10.21.3.4', 'crm.lan', ['10.20.0.0/16'], 'is not public and in no allowed network'],
    ['10.20.3.4', 'crm.lan', ['10.20.3.4'], undefined],
    ['fc00::5', 'crm.lan', ['fc00::/7'], undefined],
    ['10.20.3.4', 'crm.lan', ['CRM.lan'], undefined],
    ['10.20.3.4', 'crm.lan.', ['crm.lan'], undefined],
    ['10.20.3.4', 'other.lan', ['crm.lan'], 'is not public and in no allowed network'],
    ['10.20.3.4', 'a.crm.lan', ['*.crm.lan'], undefined],
    ['10.20.3.4', 'evilcrm.lan', ['*.crm.lan'], 'is not public and in no allowed network'],
    ['127.0.0.1', 'crm.lan', ['127.0.0.0/8', '0.0.0.0/0', 'crm.lan'], "is this machine's own (loopback)"],
    ['169.254.169.254', 'crm.lan', ['169.254.0.0/16', 'crm.lan'], 'is link-local'],
    ['::1', 'crm.lan', ['::/0'], "is this machine's own (loopback)"],
    ['10.0.0.1', 'crm.lan', ['', 'nonsense/99'], 'is not public and in no allowed network'],
  ])('%s as %s with %j: %s', (address, hostName, networks, fault) => {
    expect(addressFault(address, hostName, withNetworks(...networks))).toBe(fault);
  });

  it('the second key opens loopback, and nothing else that is denied', () => {
    const policy = { ...closed, allowLoopback: true };
    const opened = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((address) => addressFault(address, 'localhost', policy));
    expect(opened).toEqual([undefined, undefined, undefined]);
    expect(addressFault('169.254.169.254', 'x', policy)).toBe('is link-local');
    expect(addressFault('0.0.0.0', 'x', policy)).toBe('is unspecified');
    expect(addressFault('10.0.0.1', 'x', policy)).toBe('is not public and in no allowed network');
  });

  it("the node's own networks stay shut, whoever opens them", () => {
    const policy = {
      ...withNetworks('10.0.0.0/8', 'db.lan'),
      allowLoopback: true,
      deniedNetworks: ['10.96.0.0/12', '127.0.0.5'],
    };
    expect(addressFault('10.97.0.1', 'db.lan', policy)).toBe('belongs to the node itself');
    expect(addressFault('127.0.0.5', 'localhost', policy)).toBe('belongs to the node itself');
    expect(addressFault('10.1.0.1', 'db.lan', policy)).toBe(undefined);
  });

  it('a closed network calls only what is listed', () => {
    const policy = { ...withNetworks('203.0.113.0/24'), allowPublic: false };
    expect(addressFault('8.8.8.8', 'x', policy)).toBe('is public, and public addresses are not allowed');
    expect(addressFault('203.0.113.9', 'x', policy)).toBe(undefined);
  });
});
