import { keyOfRow } from "../lists/facts";
import type { TableProps } from "../lists/Table";

/** A table on paper: all its rows, its head on every page. */
export function PrintedTable<T>({
  items,
  columnDefinitions,
  columnDisplay,
  trackBy,
  ...rest
}: TableProps<T>) {
  const isShown = (id: string | undefined) =>
    columnDisplay === undefined || columnDisplay.some((each) => each.id === id && each.visible);
  const columns = columnDefinitions.filter(({ id }) => isShown(id));
  return (
    <div>
      <div className="printed-head">{rest.header}</div>
      <table className="plain-table" aria-label={rest.ariaLabels?.tableLabel}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col">
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item, index) => (
            <tr key={keyOfRow(trackBy, item, index)}>
              {columns.map((column) =>
                column.isRowHeader === true ? (
                  <th key={column.id} scope="row">
                    {column.cell(item)}
                  </th>
                ) : (
                  <td key={column.id}>{column.cell(item)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {items.length === 0 ? rest.empty : null}
      {rest.footer}
    </div>
  );
}
