/** One cycle as the numbers along it, the first repeated at the end; empty if there is none. */
export function findCycle(needs: ReadonlyMap<number, readonly number[]>): number[] {
  const finished = new Set<number>();
  for (const start of needs.keys()) {
    const cycle = walk(start, needs, finished);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function walk(start: number, needs: ReadonlyMap<number, readonly number[]>, finished: Set<number>): number[] {
  if (finished.has(start)) return [];
  const path = [start];
  const branches = [iteratorOf(needs, start)];
  while (branches.length > 0) {
    const { value: step, done } = (branches.at(-1) as Iterator<number>).next();
    if (done === true) {
      branches.pop();
      finished.add(path.pop() as number);
    } else if (path.includes(step)) {
      return [...path.slice(path.indexOf(step)), step];
    } else if (needs.has(step) && !finished.has(step)) {
      path.push(step);
      branches.push(iteratorOf(needs, step));
    }
  }
  return [];
}

const iteratorOf = (needs: ReadonlyMap<number, readonly number[]>, number: number): Iterator<number> =>
  (needs.get(number) ?? [])[Symbol.iterator]();
