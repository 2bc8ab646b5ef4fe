interface Usage {
  readonly businessId: string;
  readonly percent: number;
  readonly regainSeconds: number;
}

/**
 * The value of `X-Business-Use-Case-Usage`: percentages, and minutes until a refused app may call again. Only calls are
 * limited here; what they cost the processor is not, and is told as nothing.
 */
export function writeUsage({ businessId, percent, regainSeconds }: Usage): string {
  const usage = {
    type: 'whatsapp',
    call_count: percent,
    total_cputime: 0,
    total_time: 0,
    estimated_time_to_regain_access: Math.ceil(regainSeconds / 60),
  };
  return JSON.stringify({ [businessId]: [usage] });
}
