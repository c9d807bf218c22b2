import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useRead } from "../../live/use_read";
import { Loaded } from "../../parts/Loaded";
import { forecastSentences } from "./forecast_sentences";
import { SentenceList } from "./SentenceList";

/** How long the recovery will take: the API's forecast, against the RTO. */
export default function HowLong({ planId }: { planId: string }) {
  const forecast = useRead("/recovery-plans/{planId}/forecast", { path: { planId } });
  return (
    <Container header={<Header>How long it takes</Header>}>
      <Loaded result={forecast} what="The forecast">
        {(data) => <SentenceList sentences={forecastSentences(data)} />}
      </Loaded>
    </Container>
  );
}
