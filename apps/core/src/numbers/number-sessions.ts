/** The way out of each registered number, as the numbers' use cases see it. */
export abstract class NumberSessions {
  /** Told after the commit that registered or deregistered a number. */
  abstract changed(phoneNumberId: string): Promise<void>;

  /** How the way out of a registered number stands. A carrier inside the node is always there. */
  async state(_phoneNumberId: string): Promise<'connected' | 'connecting' | 'disconnected'> {
    return 'connected';
  }
}
