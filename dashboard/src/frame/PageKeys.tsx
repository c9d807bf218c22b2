/** The keys of single pages, beside those of the whole dashboard. */
const OF_PAGES: readonly (readonly [string, readonly (readonly [readonly string[], string])[]])[] = [
  [
    "In an execution",
    [
      [["1", "…", "8"], "Its views"],
      [["n", "p"], "The next or the one before of what needs a person"],
      [["f"], "Failed servers only"],
      [["."], "To the present moment, in times and timeline"],
      [["Esc"], "Close the server or the wave"],
    ],
  ],
  [
    "In a graph",
    [
      [["←", "↑", "→", "↓"], "The nearest wave in that direction"],
      [["Home", "End"], "The first or last wave"],
      [["Enter"], "Open it"],
    ],
  ],
  [
    "In the plan editor",
    [
      [["Ctrl", "S"], "Save"],
      [["Ctrl", "Z"], "Take back; with Shift again"],
      [["Alt", "↑", "↓"], "Move the wave"],
      [["Shift", "Enter"], "In the graph: the chosen wave starts after this one, or no longer"],
      [["Delete"], "In the graph: remove the chosen wave or line"],
    ],
  ],
];

export function PageKeys() {
  return (
    <>
      {OF_PAGES.map(([title, keys]) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl className="keys">
            {keys.map(([pressed, what]) => (
              <div key={what} className="keys-pair">
                <dt>
                  {pressed.map((key) => (
                    <span key={key}>
                      <kbd>{key}</kbd>{" "}
                    </span>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
