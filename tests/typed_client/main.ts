// Prints what the client sees of a running API, as JSON: node main.js API_URL TOKEN PLAN_ID

import { allPlans, connect, describe, explain, obstacles, startDrill } from "./drill.js";

declare const process: { argv: string[] };

const [, , url = "", token = "", planId = ""] = process.argv;
const api = connect(url, token);
const plans = await allPlans(api);
const unknown = await startDrill(api, "plan-01J0000000000000000000000A", "a key");
console.log(
  JSON.stringify({
    planIds: plans.map((plan) => plan.planId),
    steps: plans.flatMap((plan) => plan.waves).flatMap((wave) => [...wave.preActions, ...wave.validations].map(describe)),
    obstacles: await obstacles(api, planId),
    refused: "code" in unknown ? explain(unknown) : "",
  }),
);
