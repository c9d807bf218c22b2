import { useSearchParams } from "react-router";

/** The wave that is edited, from the URL; 0 is the plan itself. */
export function useSelectedWave(count: number): [number, (wave: number) => void] {
  const [search, setSearch] = useSearchParams();
  const number = Number(search.get("wave") ?? "0");
  const selected = Number.isInteger(number) && number >= 1 && number <= count ? number : 0;
  const select = (wave: number) => setSearch(wave === 0 ? {} : { wave: String(wave) }, { replace: true });
  return [selected, select];
}
