import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { useFollow } from "./use_follow";

interface Props extends Omit<ButtonProps, "href" | "onFollow" | "children"> {
  to: string;
  children: ReactNode;
}

/** A link to another page of the dashboard that looks like a button. */
export function AppButton({ to, children, ...rest }: Props) {
  const follow = useFollow();
  return (
    <Button {...rest} href={to} onFollow={follow}>
      {children}
    </Button>
  );
}
