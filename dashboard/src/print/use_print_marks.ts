import { useEffect } from "react";
import { flushSync } from "react-dom";
import { dateTime } from "../format/times";
import { serverNow } from "../live/server_clock";
import { useInstallation, useSessionState } from "../session/SessionContext";
import { edgeTexts } from "./marks";
import { printing } from "./printing";

/** Before the page is put on paper: its edges are written, and its tables are unfolded. */
export function usePrintMarks(): void {
  const { stage } = useInstallation().settings;
  const { email } = useSessionState();
  useEffect(() => {
    const before = () => {
      const texts = edgeTexts({
        title: document.title,
        address: location.href,
        stage,
        person: email,
        at: dateTime(serverNow(), "utc"),
      });
      for (const [name, value] of Object.entries(texts)) {
        document.documentElement.style.setProperty(name, value);
      }
      flushSync(() => printing.set(true));
    };
    const after = () => printing.set(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, [stage, email]);
}
