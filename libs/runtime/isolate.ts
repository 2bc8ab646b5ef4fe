/**
 * Runs a batch so that it fails one by one. When the batch as a whole is refused because of its data, it is halved until
 * the items at fault are alone; each of them is answered by `onPoison`, and all others get their own answers. A batch of 64
 * with one item at fault takes at most 13 runs.
 *
 * `run` answers in order, and a run that throws must have changed nothing (one transaction). Errors that are not the data's
 * fault are rethrown at once; halves that had been run by then stay done, so `run` must bear being asked again. No item is
 * declared poisonous before it has failed alone, because items may only be at odds with each other.
 */
export async function oneByOne<In, Out>(
  items: readonly In[],
  run: (items: readonly In[]) => Promise<readonly Out[]>,
  isDataError: (error: unknown) => boolean,
  onPoison: (item: In, error: unknown) => Out,
): Promise<Out[]> {
  const answers: Out[] = [];

  /** Says whether all of these items were good. */
  async function attempt(part: readonly In[]): Promise<boolean> {
    try {
      answers.push(...(await run(part)));
      return true;
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (part.length === 1) answers.push(onPoison(part[0] as In, error));
      else await halve(part);
      return false;
    }
  }

  async function halve(part: readonly In[]): Promise<void> {
    const middle = Math.ceil(part.length / 2);
    const right = part.slice(middle);
    const leftWasGood = await attempt(part.slice(0, middle));
    // The whole failed and its left half did not, so the right half is at fault: no need to run it whole.
    if (leftWasGood && right.length > 1) await halve(right);
    else await attempt(right);
  }

  if (items.length > 0) await attempt(items);
  return answers;
}
