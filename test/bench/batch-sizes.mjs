// How many items the stages of the pipe handled at a time: what a stage pays for each batch is shared among so many messages.
const STAGES = {
  sends: ['api', 'relais_sends_batch_items'],
  receiptsByHandsets: ['api', 'relais_handset_receipts_batch_items'],
  receipts: ['core', 'relais_receipts_batch_size'],
  updatesAWebhook: ['webhook-dispatcher', 'relais_webhook_batch_updates'],
  eventMessages: ['quality-metrics', 'relais_quality_batch_items'],
};

/** What the histograms stand at. */
export async function batchesNow({ node }) {
  const apps = [...new Set(Object.values(STAGES).map(([app]) => app))];
  const texts = await Promise.all(apps.map(async (app) => [app, await (await fetch(`${node.apps[app].url}/metrics`)).text()]));
  const textOf = Object.fromEntries(texts);
  return Object.fromEntries(
    Object.entries(STAGES).map(([stage, [app, name]]) => [
      stage,
      { items: summed(textOf[app], `${name}_sum`), batches: summed(textOf[app], `${name}_count`) },
    ]),
  );
}

/** Items a batch between two readings, by stage. */
export function batchesBetween(before, after) {
  return Object.fromEntries(
    Object.keys(STAGES).map((stage) => {
      const batches = after[stage].batches - before[stage].batches;
      return [stage, Math.round((10 * (after[stage].items - before[stage].items)) / Math.max(batches, 1)) / 10];
    }),
  );
}

function summed(text, name) {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
