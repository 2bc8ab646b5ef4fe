/**
 * What was used lately, by key, and no more of it than fits. Two generations: what is found in the elder one moves to the
 * younger, and when that is full the elder is forgotten as a whole. So finding something costs a look-up or two, where an
 * exact order of use would be kept up at each; the latest half is always there.
 */
export class Recent<Key, Value extends object | string | boolean> {
  private young = new Map<Key, Value>();
  private elder = new Map<Key, Value>();

  constructor(private readonly most: number) {}

  get(key: Key): Value | undefined {
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const older = this.elder.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    this.young.set(key, value);
    if (this.young.size * 2 < this.most) return;
    this.elder = this.young;
    this.young = new Map();
  }
}
