import Checkbox from "@cloudscape-design/components/checkbox";
import type { TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { type CardColumns, cardColumns, keyOfRow } from "./facts";
import "./cards.css";

interface Props<T> extends TableProps<T> {
  cardAction?: ((item: T) => ReactNode) | undefined;
}

/** The rows of a table where there is no room for one: each a card with its name and four facts. */
export function Cards<T>(props: Props<T>) {
  const { items, columnDefinitions, columnDisplay, trackBy, header, filter, pagination, footer } = props;
  const columns = cardColumns(columnDefinitions, columnDisplay);
  return (
    <div className="cards">
      {header}
      {filter}
      {props.loading === true ? <p role="status">{props.loadingText ?? "Asking …"}</p> : null}
      {items.length === 0 && props.loading !== true ? <div className="cards-empty">{props.empty}</div> : null}
      {items.length === 0 || columns === undefined ? null : (
        <ul className="cards-list" aria-label={props.ariaLabels?.tableLabel}>
          {items.map((item, index) => (
            <Card key={keyOfRow(trackBy, item, index)} item={item} columns={columns} table={props} />
          ))}
        </ul>
      )}
      {pagination === undefined ? null : <div className="cards-pages">{pagination}</div>}
      {footer}
    </div>
  );
}

interface CardProps<T> {
  item: T;
  columns: CardColumns<T>;
  table: Props<T>;
}

function Card<T>({ item, columns: { title, facts, more }, table }: CardProps<T>) {
  return (
    <li className="card">
      <div className="card-title">
        {table.selectionType === "multi" ? <Choose item={item} table={table} /> : null}
        <div>{title.cell(item)}</div>
      </div>
      <Facts item={item} columns={facts} />
      {more.length === 0 ? null : (
        <details>
          <summary>More</summary>
          <Facts item={item} columns={more} />
        </details>
      )}
      {table.cardAction === undefined ? null : <div className="card-action">{table.cardAction(item)}</div>}
    </li>
  );
}

function Facts<T>({ item, columns }: { item: T; columns: CardColumns<T>["facts"] }) {
  return (
    <dl className="card-facts">
      {columns.map((column) => (
        <div key={column.id}>
          <dt>{column.header}</dt>
          <dd>{column.cell(item)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Choose<T>({ item, table }: { item: T; table: TableProps<T> }) {
  const selected = table.selectedItems ?? [];
  const keyOf = (each: T) => keyOfRow(table.trackBy, each, table.items.indexOf(each));
  const isChosen = selected.some((each) => keyOf(each) === keyOf(item));
  const change = (checked: boolean) => {
    const others = selected.filter((each) => keyOf(each) !== keyOf(item));
    table.onSelectionChange?.(
      new CustomEvent("change", { detail: { selectedItems: checked ? [...others, item] : others } }),
    );
  };
  return (
    <Checkbox
      ariaLabel={table.ariaLabels?.itemSelectionLabel?.({ selectedItems: [...selected] }, item) ?? "Choose"}
      checked={isChosen}
      disabled={table.isItemDisabled?.(item) === true}
      onChange={({ detail }) => change(detail.checked)}
    />
  );
}
