import { useEffect, useRef, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { decisionLink } from "../home/decisions";
import { useDashboard } from "../home/use_dashboard";
import { desktopNotices } from "../settings/preferences";
import { keyOfDecision, newsOf, noticeOf } from "./desktop_notices";

/** Shows desktop notices of what waits for this person, if they asked for them and look elsewhere. */
export function DesktopNotices() {
  const isOn = useSyncExternalStore(desktopNotices.follow, desktopNotices.get) === "on";
  const items = useDashboard().data?.decisions.data?.items;
  const navigate = useNavigate();
  const waiting = useRef<ReadonlySet<string>>(undefined);
  useEffect(() => {
    if (items === undefined) return;
    const news = newsOf(waiting.current, items);
    waiting.current = news.waiting;
    if (!isOn || document.hasFocus() || Notification.permission !== "granted") return;
    for (const decision of news.toTell) {
      const { title, body } = noticeOf(decision);
      // The tag keeps two tabs from telling it twice.
      const notice = new Notification(title, {
        body,
        tag: keyOfDecision(decision),
        icon: "/icon-waiting.svg",
      });
      notice.onclick = () => {
        window.focus();
        navigate(decisionLink(decision));
        notice.close();
      };
    }
  }, [items, isOn, navigate]);
  return null;
}

/** Asks the browser, by the person's own click. Returns why there can be none; empty if there can. */
export async function askForNotices(): Promise<string> {
  if (!("Notification" in window)) return "This browser has no notices.";
  const answer = await Notification.requestPermission();
  if (answer === "granted") return "";
  return answer === "denied"
    ? "The browser does not allow notices of this page. Allow them in its settings for this site, then switch them on here."
    : "The browser does not allow notices for this page, so they stay off. Allow them in the browser's settings first.";
}
