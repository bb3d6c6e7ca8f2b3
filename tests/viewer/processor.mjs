/** What tests time, whatever else the machine has to do. */

import process from "node:process";

/** Milliseconds for which the processor has worked for this process. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
