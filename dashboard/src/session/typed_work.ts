/** What somebody has typed on the page, as text: offered for copying before the page is loaded again. */
export function typedWork(page: ParentNode): string {
  const fields = page.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea");
  return [...fields]
    .filter((field) => isText(field) && field.value !== "")
    .map((field) => `${nameOf(field)}: ${field.value}`)
    .join("\n");
}

function isText(field: HTMLInputElement | HTMLTextAreaElement): boolean {
  return (
    field instanceof HTMLTextAreaElement ||
    !["password", "checkbox", "radio", "hidden", "file"].includes(field.type)
  );
}

function nameOf(field: HTMLInputElement | HTMLTextAreaElement): string {
  return field.labels?.[0]?.textContent?.trim() || field.getAttribute("aria-label") || field.name || "Text";
}
