import WebSocket from 'ws';

export interface Customer {
  readonly waId: string;
  readonly token: string;
  /** Its messages are pushed over the fleet's socket; otherwise the network's mailbox takes them. */
  readonly hasSocket: boolean;
}

export interface Shown {
  readonly id: string;
  readonly to: string;
  readonly text?: { readonly body: string };
  /** What a template reads like. */
  readonly filled?: { readonly text: string };
}

/** What the customer reads. */
export function textOf({ text, filled }: Shown): string {
  return text?.body ?? filled?.text ?? '';
}

/** The customers' handsets on one socket, which comes back when it is lost. A handset knows a message by its id. */
export class HandsetFleet {
  /** What arrived, by wa_id, in the order of first arrival. */
  readonly arrived = new Map<string, { readonly id: string; readonly text: string }[]>();
  /** Pushed again with an id that the handset knows. */
  repeats = 0;
  connections = 0;
  private readonly known = new Set<string>();
  private socket: WebSocket | undefined;
  private closed = false;

  constructor(
    private url: () => string,
    private readonly customers: readonly Customer[],
  ) {}

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.connect(resolve));
  }

  /** Of what arrived so far. */
  forget(): void {
    this.arrived.clear();
    this.known.clear();
  }

  close(): void {
    this.closed = true;
    this.socket?.terminate();
  }

  private connect(attached?: () => void): void {
    if (this.closed) return;
    const socket = new WebSocket(this.url());
    this.socket = socket;
    let ended = false;
    const again = (): void => {
      if (ended) return;
      ended = true;
      setTimeout(() => this.connect(attached), 150);
    };
    const attach = (): void =>
      socket.send(
        JSON.stringify({ type: 'attach', tokens: this.customers.filter((one) => one.hasSocket).map((one) => one.token) }),
      );
    socket.on('open', () => {
      this.connections += 1;
      attach();
    });
    socket.on('error', again);
    socket.on('close', again);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as { type: string; messages?: Shown[] };
      if (frame.type === 'attached') attached?.();
      if (frame.type === 'refused') setTimeout(() => socket.readyState === WebSocket.OPEN && attach(), 300);
      if (frame.type === 'messages' && frame.messages) this.take(socket, frame.messages);
    });
  }

  private take(socket: WebSocket, messages: readonly Shown[]): void {
    for (const message of messages) {
      const { id, to } = message;
      if (this.known.has(id)) {
        this.repeats += 1;
        continue;
      }
      this.known.add(id);
      const list = this.arrived.get(to) ?? [];
      list.push({ id, text: textOf(message) });
      this.arrived.set(to, list);
    }
    const receipts = messages.map(({ id, to }) => ({ id, to, status: 'delivered' }));
    socket.send(JSON.stringify({ type: 'receipts', receipts }));
    const read = receipts.filter((_, index) => index % 3 === 0).map((receipt) => ({ ...receipt, status: 'read' }));
    setTimeout(() => {
      if (read.length > 0 && socket.readyState === WebSocket.OPEN)
        socket.send(JSON.stringify({ type: 'receipts', receipts: read }));
    }, 20);
  }
}
