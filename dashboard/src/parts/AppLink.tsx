import Link, { type LinkProps } from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useFollow } from "./use_follow";

interface Props {
  to: string;
  children: ReactNode;
  variant?: LinkProps["variant"];
  fontSize?: LinkProps["fontSize"];
  ariaLabel?: string;
}

/** A link to another page of the dashboard. */
export function AppLink({ to, children, variant = "secondary", ...rest }: Props) {
  const follow = useFollow();
  return (
    <Link href={to} variant={variant} onFollow={follow} {...rest}>
      {children}
    </Link>
  );
}
