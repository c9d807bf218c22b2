import DatePicker from "@cloudscape-design/components/date-picker";

interface Props {
  day: string;
  onChoose: (day: string) => void;
}

/** A day in UTC. It is fetched after the page, because a calendar weighs more than the log. */
export default function DayPicker({ day, onChoose }: Props) {
  return (
    <DatePicker
      ariaLabel="Day in UTC"
      placeholder="YYYY-MM-DD"
      format="iso"
      value={day}
      expandToViewport
      openCalendarAriaLabel={() => "Choose the day"}
      onChange={({ detail }) => onChoose(detail.value)}
    />
  );
}
