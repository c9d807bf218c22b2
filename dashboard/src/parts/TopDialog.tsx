import Button from "@cloudscape-design/components/button";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { createPortal } from "react-dom";

interface Props {
  title: string;
  children: ReactNode;
  /** What Escape and the button do; without it the dialog stays until it is dealt with. */
  onClose?: () => void;
  closeText?: string;
}

/** A dialog above everything, also above other dialogs: the browser keeps the focus in it and the rest out of reach. */
export function TopDialog({ title, children, onClose, closeText }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return createPortal(
    <dialog
      ref={dialog}
      className="top-dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <h2 id={heading}>{title}</h2>
      {children}
      {closeText === undefined ? null : (
        <div className="top-dialog-end">
          <Button onClick={onClose}>{closeText}</Button>
        </div>
      )}
    </dialog>,
    document.body,
  );
}
