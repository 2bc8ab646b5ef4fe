// What is said, and to whom: texts of 20 to 1,000 characters, half of them not ASCII, the same ones for the same seed.

const KINDS_OF_TEXT = 2_000;
const SHORTEST = 20;
const LONGEST = 1_000;

const ASCII = 'the quick brown fox jumps over a lazy dog and your order 4711 leaves our house today, '.split(' ');
const OTHERS = [
  'Ihre Überweisung über 20 € wurde ausgeführt, schöne Grüße aus Köln, '.split(' '),
  'Ваш заказ готов к выдаче в магазине на улице Ленина, '.split(' '),
  'आपका ऑर्डर भेज दिया गया है और कल पहुँचेगा, '.split(' '),
  '您的包裹已经发出 预计明天送达 谢谢惠顾 '.split(' '),
  'ขอบคุณ 🎉 teşekkürler 👍🏽 şifreniz dokuz sıfır ✅ '.split(' '),
];

/** Numbers between 0 and 1, the same sequence for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @returns {readonly string[]} */
export function someTexts(random) {
  return Array.from({ length: KINDS_OF_TEXT }, (_, n) => {
    const words = n % 2 === 0 ? ASCII : OTHERS[Math.floor(random() * OTHERS.length)];
    const length = SHORTEST + Math.floor(random() * (LONGEST - SHORTEST + 1));
    const characters = [];
    while (characters.length < length) characters.push(...words[Math.floor(random() * words.length)], ' ');
    return characters.slice(0, length).join('');
  });
}

/** The requests of the Graph door, ready but for their recipient: what the loader spends per request is one copy. */
export class Sends {
  /**
   * @param {{ host: string, version: string, token: string, numbers: readonly { id: string, customers: readonly string[] }[],
   *   seed: number, idempotency: boolean }} population each customer has one number, whose window is open for them
   */
  constructor({ host, version, token, numbers, seed, idempotency }) {
    this.random = randomFrom(seed);
    this.numbers = numbers;
    this.idempotency = idempotency;
    this.run = `${seed}-${process.pid}-${Date.now()}`;
    this.count = 0;
    this.heads = numbers.map(
      ({ id }) =>
        `POST /${version}/${id}/messages HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`,
    );
    this.tails = someTexts(this.random).map((text) => Buffer.from(`","type":"text","text":{"body":${JSON.stringify(text)}}}`));
  }

  /** @returns {Buffer} one request to a customer chosen at random */
  next() {
    const number = Math.floor(this.random() * this.numbers.length);
    const { customers } = this.numbers[number];
    const to = customers[Math.floor(this.random() * customers.length)];
    const tail = this.tails[Math.floor(this.random() * this.tails.length)];
    const key = this.idempotency ? `Idempotency-Key: ${this.run}-${this.count++}\r\n` : '';
    const length = OPENING.length + to.length + tail.length;
    const front = `${this.heads[number]}${key}Content-Length: ${length}\r\n\r\n${OPENING}${to}`;
    const request = Buffer.allocUnsafe(front.length + tail.length);
    request.latin1Write(front, 0);
    tail.copy(request, front.length);
    return request;
  }
}

const OPENING = '{"messaging_product":"whatsapp","recipient_type":"individual","to":"';
