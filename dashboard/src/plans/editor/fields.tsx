import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

interface FieldProps {
  label: string;
  error: string;
  description?: string;
}

interface TextProps extends FieldProps {
  value: string;
  change: (value: string) => void;
  placeholder?: string;
}

export function TextField({ label, error, description, value, change, placeholder }: TextProps) {
  return (
    <FormField label={label} errorText={error} description={description}>
      <Input
        value={value}
        placeholder={placeholder ?? ""}
        autoComplete={false}
        onChange={({ detail }) => change(detail.value)}
      />
    </FormField>
  );
}

export function LongTextField({ label, error, description, value, change }: TextProps) {
  return (
    <FormField label={label} errorText={error} description={description}>
      <Textarea rows={2} value={value} onChange={({ detail }) => change(detail.value)} />
    </FormField>
  );
}

interface NumberProps extends FieldProps {
  value: number | null;
  /** What an empty field means; without it, an empty field is a problem. */
  none?: string;
  change: (value: number | null) => void;
}

/** A whole number. What is typed and is none stays in the field and is passed on as NaN, which the rules refuse. */
export function NumberField({ label, error, description, value, none, change }: NumberProps) {
  const [typed, setTyped] = useState<string>();
  const shown = typed !== undefined && sameNumber(parsed(typed, none), value) ? typed : textOf(value);
  return (
    <FormField label={label} errorText={error} description={description}>
      <Input
        value={shown}
        inputMode="numeric"
        placeholder={none ?? ""}
        autoComplete={false}
        onChange={({ detail }) => {
          setTyped(detail.value);
          change(parsed(detail.value, none));
        }}
      />
    </FormField>
  );
}

interface ListProps extends FieldProps {
  lines: readonly string[];
  change: (lines: string[]) => void;
}

/** A list with one entry in a line. */
export function LinesField({ label, error, description, lines, change }: ListProps) {
  const [typed, setTyped] = useState<string>();
  const isTyped = typed !== undefined && linesOf(typed).join("\n") === lines.join("\n");
  return (
    <FormField label={label} errorText={error} description={description}>
      <Textarea
        rows={3}
        value={isTyped ? typed : lines.join("\n")}
        onChange={({ detail }) => {
          setTyped(detail.value);
          change(linesOf(detail.value));
        }}
      />
    </FormField>
  );
}

interface JsonProps extends FieldProps {
  value: unknown;
  change: (value: unknown) => void;
}

/** JSON. What cannot be read stays in the field and is passed on as text, which the rules refuse. */
export function JsonField({ label, error, description, value, change }: JsonProps) {
  const [typed, setTyped] = useState<string>();
  const isTyped = typed !== undefined && JSON.stringify(jsonOf(typed)) === JSON.stringify(value);
  return (
    <FormField label={label} errorText={error} description={description}>
      <Textarea
        rows={3}
        value={isTyped ? typed : JSON.stringify(value)}
        onChange={({ detail }) => {
          setTyped(detail.value);
          change(jsonOf(detail.value));
        }}
      />
    </FormField>
  );
}

function parsed(text: string, none: string | undefined): number | null {
  if (text.trim() === "") return none === undefined ? Number.NaN : null;
  return /^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}

const textOf = (value: number | null): string => (value === null || Number.isNaN(value) ? "" : String(value));
const sameNumber = (a: number | null, b: number | null): boolean => Object.is(a, b);
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.trim() === "" ? "{}" : text);
  } catch {
    return text;
  }
}
