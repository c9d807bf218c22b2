import type { ReactNode } from "react";

/** The foot of a dialog: the safe button first, the act last; on a phone one above the other, the act apart. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return <div className="dialog-buttons">{children}</div>;
}
