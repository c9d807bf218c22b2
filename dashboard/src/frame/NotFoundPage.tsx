import { useLocation } from "react-router";
import { AppLink } from "../parts/AppLink";
import { Page } from "../parts/Page";

export function NotFoundPage() {
  const { pathname } = useLocation();
  return (
    <Page title="No such page">
      <p>
        There is nothing at <code>{pathname}</code>. <AppLink to="/">Go to Home</AppLink>
      </p>
    </Page>
  );
}
