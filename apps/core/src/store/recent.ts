/**
 * What was added lately, by key, and no more of it than fits. Two generations: when the younger one is full, the elder is
 * forgotten as a whole, and the latest half is always there. To forget the oldest one each time looks simpler, but a `Map` keeps
 * the places of what was deleted for long, and whoever asks for its first entry walks over all of them: with 100,000 entries
 * that took 60 µs for each that was added.
 */
export class Latest<Key, Value extends object | string | boolean> {
  protected young = new Map<Key, Value>();
  protected elder = new Map<Key, Value>();

  constructor(private readonly most: number) {}

  get(key: Key): Value | undefined {
    return this.young.get(key) ?? this.elder.get(key);
  }

  set(key: Key, value: Value): void {
    this.young.set(key, value);
    if (this.young.size * 2 < this.most) return;
    this.elder = this.young;
    this.young = new Map();
  }

  delete(key: Key): void {
    this.young.delete(key);
    this.elder.delete(key);
  }
}

/**
 * What was used lately: what is found in the elder generation moves to the younger. So finding something costs a look-up or
 * two, where an exact order of use would be kept up at each.
 */
export class Recent<Key, Value extends object | string | boolean> extends Latest<Key, Value> {
  override get(key: Key): Value | undefined {
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const older = this.elder.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }
}
