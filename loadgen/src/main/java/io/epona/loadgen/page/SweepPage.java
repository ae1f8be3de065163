package io.epona.loadgen.page;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * A sweep: latency against rate, and the rate at which the target is held no longer.
 */
public final class SweepPage
{
    private static final String[] LINES = {"p50", "p99", "p99_9"};

    private SweepPage()
    {
    }

    /**
     * @param sweep {@code sweep.json}.
     * @return the page.
     */
    public static String of(final JsonNode sweep)
    {
        final Html html = new Html(sweep.path("id").asText());
        html.paragraph("found".equals(sweep.path("state").asText()) ? "good" : "unsure",
            "target " + sweep.path("target").asText() + ": " + sweep.path("finding").asText());
        final List<JsonNode> runs = new ArrayList<>();
        sweep.path("runs").forEach(runs::add);
        runs.sort(Comparator.comparingLong((run) -> run.path("rate").asLong()));
        plot(html, sweep, runs);
        final List<List<String>> rows = new ArrayList<>();
        runs.forEach((run) -> rows.add(List.of(
            String.format(Locale.ROOT, "%,d", run.path("rate").asLong()),
            run.path("outcome").asText(),
            String.format(Locale.ROOT, "%,.0f", run.path("delivered").asDouble()),
            micros(run.path("p50")), micros(run.path("p99")), micros(run.path("p99_9")), micros(run.path("max")))));
        html.section("Runs").table(
            List.of("rate/s", "", "delivered/s", "p50 us", "p99 us", "p99.9 us", "max us"), rows);
        html.section("To run it again").preformatted(
            "java -jar loadgen/target/epona-loadgen.jar sweep " + sweep.path("id").asText() + "/scenario.yaml");

        return html.finish();
    }

    private static String micros(final JsonNode ns)
    {
        return ns.isNumber() ? String.format(Locale.ROOT, "%,.1f", ns.asDouble() / 1000) : "-";
    }

    private static void plot(final Html html, final JsonNode sweep, final List<JsonNode> runs)
    {
        final double[] rates = runs.stream().mapToDouble((run) -> run.path("rate").asDouble()).toArray();
        double min = Double.MAX_VALUE;
        double max = 0;
        double highest = 0;
        for (final JsonNode run : runs)
        {
            highest = Math.max(highest, run.path("rate").asDouble());
            for (final String line : LINES)
            {
                final double value = run.path(line).asDouble();
                min = value > 0 ? Math.min(min, value) : min;
                max = Math.max(max, value);
            }
        }
        if (0 == max)
        {
            return;
        }

        final Plot plot = new Plot(
            Axis.linear("messages per second", highest, (value) -> String.format(Locale.ROOT, "%,.0f", value)),
            Axis.log("latency, us", min, max, (ns) -> String.format(Locale.ROOT, "%,.1f", ns / 1000)));
        for (final String line : LINES)
        {
            final double[] values = runs.stream()
                .mapToDouble((run) -> run.path(line).isNumber() ? run.path(line).asDouble() : Double.NaN)
                .toArray();
            plot.points(line.replace('_', '.'), rates, values);
        }
        if (sweep.path("highestRate").isNumber())
        {
            plot.mark(sweep.path("highestRate").asDouble(), "highest rate that holds");
        }
        html.section("Latency by rate (e2e)").plot(plot.svg("latency by rate"));
    }
}
