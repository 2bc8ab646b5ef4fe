// What processes cost, as the kernel tells it: CPU time and resident memory.
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel's tick; 100 on every Linux that Node.js runs on. */
const TICKS_A_SECOND = 100;

/** Microseconds of CPU (user and system) that a process has used, with `children` also those it has waited for. */
function cpuUs(pid, { children = false } = {}) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const of = (number) => Number(fields[number - 3]);
    return ((of(14) + of(15) + (children ? of(16) + of(17) : 0)) * 1e6) / TICKS_A_SECOND;
  } catch {
    return 0;
  }
}

function childrenOf(parent) {
  const children = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) children.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return children;
}

/** Postgres is many processes: those that live, and those that its first one has seen end. */
function familyCpuUs(pid) {
  return childrenOf(pid).reduce((sum, child) => sum + cpuUs(child), cpuUs(pid, { children: true }));
}

/**
 * CPU of all who take part, in microseconds since each began.
 * @param {Readonly<Record<string, number>>} pids by name; `postgres` counts with its children
 */
export function cpuNow(pids) {
  const cpu = Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, name === 'postgres' ? familyCpuUs(pid) : cpuUs(pid)]),
  );
  const [, ...machine] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).map(Number);
  const [user, nice, system, idle, iowait, irq, softirq, steal] = machine;
  return {
    ...cpu,
    machineBusy: ((user + nice + system + irq + softirq) * 1e6) / TICKS_A_SECOND,
    machineStolen: (steal * 1e6) / TICKS_A_SECOND,
    machineIdle: ((idle + iowait) * 1e6) / TICKS_A_SECOND,
  };
}

/** What each used between two readings. */
export function cpuBetween(before, after) {
  return Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]));
}

/** Resident megabytes of a process. */
export function residentMb(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024;
  } catch {
    return 0;
  }
}

/** Megabytes of several processes together: each has its own, and what they share (the runtime's code) is there once. */
export function residentTogetherMb(pids) {
  let shared = 0;
  const own = Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => {
      const parts = memoryOf(pid);
      shared = Math.max(shared, parts.Shared_Clean + parts.Shared_Dirty);
      return [name, parts.Private_Clean + parts.Private_Dirty];
    }),
  );
  return { ...own, shared, total: Object.values(own).reduce((sum, mb) => sum + mb, shared) };
}

function memoryOf(pid) {
  const parts = { Shared_Clean: 0, Shared_Dirty: 0, Private_Clean: 0, Private_Dirty: 0 };
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    for (const name of Object.keys(parts)) parts[name] = Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)[1]) / 1024;
  } catch {
    // It has ended.
  }
  return parts;
}
