import { ALL, type Line, lineOf, type Matrix } from "../../api/series";

type Matrices = { before: Matrix; after: Matrix; machineBefore: Matrix; machineAfter: Matrix };
export type Changed = { queue: string; before: number; after: number; change: number; machine: number };

/** Two versions on the days that either speaks of; sums of the queues over those that both speak of. */
export function compared(matrices: Matrices, queue: string) {
  const both = new Set(matrices.before.timestamps.filter((at) => matrices.after.timestamps.includes(at)));
  const timestamps = [...new Set([...matrices.before.timestamps, ...matrices.after.timestamps])].sort();
  const along = (matrix: Matrix): Line => {
    const line = lineOf(matrix, "mean", queue);
    return timestamps.map((at) => line[matrix.timestamps.indexOf(at)] ?? null);
  };
  const sum = (matrix: Matrix, one: string) =>
    lineOf(matrix, "mean", one).reduce<number>(
      (all, value, k) => all + (both.has(matrix.timestamps[k] ?? "") ? (value ?? 0) : 0),
      0,
    );
  const queues = matrices.after.queues.filter((one) => queue === ALL || one === queue);
  const changes = queues.map((one): Changed => {
    const [before, after] = [sum(matrices.before, one), sum(matrices.after, one)];
    const machine = sum(matrices.machineAfter, one) - sum(matrices.machineBefore, one);
    return { queue: one, before, after, change: after - before, machine };
  });
  return { timestamps, before: along(matrices.before), after: along(matrices.after), queues: changes };
}
