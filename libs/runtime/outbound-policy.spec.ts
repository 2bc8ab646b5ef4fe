import { expect, it } from 'vitest';
import { outboundPolicy, ownServers } from './outbound-policy.js';

const closed = { allowHttp: false, allowAnyPort: false, allowPublic: true, allowLoopback: false, allowedNetworks: [] };

it('unless more is set only public https on the usual ports may be called', () => {
  expect(outboundPolicy(closed, ['10.0.0.5'])).toEqual({
    allowHttp: false,
    allowedPorts: [80, 443, 8080, 8443],
    allowPublic: true,
    allowedNetworks: [],
    allowLoopback: false,
    deniedNetworks: ['10.0.0.5'],
  });
});

it('the operator’s settings open what they name', () => {
  const settings = {
    ...closed,
    allowHttp: true,
    allowAnyPort: true,
    allowLoopback: true,
    allowedNetworks: ['10.20.0.0/16'],
  };
  expect(outboundPolicy(settings, [])).toEqual({
    allowHttp: true,
    allowedPorts: 'any',
    allowPublic: true,
    allowedNetworks: ['10.20.0.0/16'],
    allowLoopback: true,
    deniedNetworks: [],
  });
});

it('the node’s own servers are known by their addresses, loopback left out', async () => {
  const urls = ['postgres://u:p@10.1.2.3:5432/relais', 'nats://127.0.0.1:4222,nats://u:p@10.1.2.4:4222', 'nonsense'];
  expect(await ownServers(urls)).toEqual(['10.1.2.3', '10.1.2.4']);
});
