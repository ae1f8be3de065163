package io.epona.loadgen.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.launch.ChildRun;
import io.epona.loadgen.scenario.Scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the pairs so far say, for people and for programs.
 */
final class ComparisonReport
{
    private static final int SCHEMA = 2;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final String id;
    private final Scenario a;
    private final Scenario b;
    private final double margin;
    private final int pairsAsked;
    private final List<Pair> pairs;
    private final List<ScenarioDiff> diffs;
    private final List<Figure> figures = new ArrayList<>();

    /**
     * @param metric   that both systems have a figure of.
     * @param a        figures of A.
     * @param b        figures of B.
     * @param estimate of the ratio.
     * @param finding  what it says.
     */
    private record Figure(Metric metric, Spread a, Spread b, RatioEstimate estimate, Finding finding)
    {
    }

    /**
     * @param id         of the comparison.
     * @param a          first scenario.
     * @param b          second scenario.
     * @param margin     relative difference up to which they are equivalent.
     * @param pairsAsked pairs to be run in all.
     * @param pairs      that were run.
     */
    ComparisonReport(
        final String id,
        final Scenario a,
        final Scenario b,
        final double margin,
        final int pairsAsked,
        final List<Pair> pairs)
    {
        this.id = id;
        this.a = a;
        this.b = b;
        this.margin = margin;
        this.pairsAsked = pairsAsked;
        this.pairs = List.copyOf(pairs);
        this.diffs = ScenarioDiff.of(a, b);
        judge();
    }

    private void judge()
    {
        final List<Metric> metrics = new ArrayList<>();
        final List<List<Pair>> counted = new ArrayList<>();
        for (final Metric metric : Metric.values())
        {
            final List<Pair> known = pairs.stream()
                .filter((pair) -> pair.counts() && !Double.isNaN(pair.ratio(metric)))
                .toList();
            if (!known.isEmpty())
            {
                metrics.add(metric);
                counted.add(known);
            }
        }

        final RatioEstimate[] estimates = new RatioEstimate[metrics.size()];
        final boolean[] higherIsBetter = new boolean[metrics.size()];
        for (int i = 0; i < estimates.length; i++)
        {
            final Metric metric = metrics.get(i);
            estimates[i] = RatioEstimate.of(counted.get(i).stream().mapToDouble((p) -> p.ratio(metric)).toArray());
            higherIsBetter[i] = metric.isHigherBetter();
        }
        final Finding[] findings = Finding.of(estimates, higherIsBetter, margin);
        for (int i = 0; i < estimates.length; i++)
        {
            final Metric metric = metrics.get(i);
            figures.add(new Figure(
                metric,
                Spread.of(counted.get(i).stream().mapToDouble((pair) -> metric.of(pair.a())).toArray()),
                Spread.of(counted.get(i).stream().mapToDouble((pair) -> metric.of(pair.b())).toArray()),
                estimates[i],
                findings[i]));
        }
    }

    /**
     * @param pair     that was run.
     * @param pairCount of all.
     * @return a line about it.
     */
    static String line(final Pair pair, final int pairCount)
    {
        final StringBuilder line = new StringBuilder(String.format(
            Locale.ROOT, "pair %d of %d (%s)", pair.number(), pairCount, pair.isAFirst() ? "A B" : "B A"));
        if (pair.counts())
        {
            for (final Metric metric : Metric.values())
            {
                final double ratio = pair.ratio(metric);
                line.append("  ").append(metric.text()).append(' ')
                    .append(Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.3f", ratio));
            }
        }
        else
        {
            line.append("  set aside: ").append(String.join("; ", pair.reasons()));
        }

        return line.toString();
    }

    private long counted()
    {
        return pairs.stream().filter(Pair::counts).count();
    }

    /**
     * @return the comparison for people.
     */
    String table()
    {
        final StringBuilder table = new StringBuilder(1024);
        table.append(String.format(Locale.ROOT, "%n%s: A = %s, B = %s; %d of %d pairs counted%n",
            a.name(), system(a), system(b), counted(), pairs.size()));
        if (diffs.isEmpty())
        {
            table.append(String.format(Locale.ROOT, "  the same twice: what is found is the machine's noise%n"));
        }
        for (final ScenarioDiff diff : diffs)
        {
            table.append(String.format(Locale.ROOT, "  %s: %s | %s%n", diff.key(), or(diff.a()), or(diff.b())));
        }
        table.append(String.format(Locale.ROOT, "  %-10s %12s %12s %9s %9s %9s   %-26s %8s %12s   %s%n",
            "", "median A", "median B", "A / B", "min", "max", "95 % interval", "p", "detectable", "finding"));
        for (final Figure figure : figures)
        {
            final RatioEstimate estimate = figure.estimate();
            table.append(String.format(Locale.ROOT,
                "  %-10s %12s %12s %9.3f %9.3f %9.3f   %-26s %8.4f %12s   %s%n",
                figure.metric().text(),
                figure(figure.metric(), figure.a().median()),
                figure(figure.metric(), figure.b().median()),
                estimate.ratio(), estimate.spread().min(), estimate.spread().max(),
                interval(estimate), estimate.p(), detectable(estimate), figure.finding().text()));
        }
        table.append(String.format(Locale.ROOT,
            "  A / B: Hodges-Lehmann of the pairs' ratios; finding: Wilcoxon's signed ranks at 5 %% after Holm, " +
                "on %d pairs or more;%n  equivalent: the whole interval within %.1f %% of 1; detectable: the least " +
                "difference found four times out of five%n",
            Finding.MIN_PAIRS, 100 * margin));
        if (!pairs.isEmpty())
        {
            sheet(table, "A", pairs.get(0).a());
            sheet(table, "B", pairs.get(0).b());
        }

        return table.toString();
    }

    /** How a system was set up, as it told it itself. */
    private static void sheet(final StringBuilder table, final String side, final JsonNode summary)
    {
        summary.path("settings").properties().forEach((setting) -> table.append(String.format(
            Locale.ROOT, "  settings %s   %s = %s%n", side, setting.getKey(), setting.getValue().asText())));
    }

    private static String or(final String value)
    {
        return value.isEmpty() ? "-" : value;
    }

    private static String system(final Scenario scenario)
    {
        final String transport = "aeron-echo".equals(scenario.driver().use()) ?
            " over " + scenario.driver().transport() : "";
        return scenario.driver().use() + transport + " (" + scenario.engine().composition().text() + ", broker " +
            scenario.engine().broker().text() + ")";
    }

    private static String figure(final Metric metric, final double value)
    {
        return "ns".equals(metric.unit()) ? String.format(Locale.ROOT, "%,.2f us", value / 1000) :
            String.format(Locale.ROOT, "%,.0f/s", value);
    }

    private static String interval(final RatioEstimate ratio)
    {
        return ratio.hasInterval() ?
            String.format(Locale.ROOT, "%.3f to %.3f (%.1f %%)", ratio.low(), ratio.high(), 100 * ratio.coverage()) :
            "none: it takes " + RatioEstimate.MIN_COUNT + " pairs";
    }

    private static String detectable(final RatioEstimate ratio)
    {
        return Double.isNaN(ratio.detectable()) ? "-" :
            String.format(Locale.ROOT, "%.1f %%", 100 * ratio.detectable());
    }

    /**
     * @return the comparison for programs.
     */
    String json()
    {
        final ObjectNode json = JSON.createObjectNode();
        json.put("schema", SCHEMA);
        json.put("id", id);
        json.put("scenario", a.name());
        json.put("a", system(a));
        json.put("b", system(b));
        final ArrayNode differences = json.putArray("differences");
        diffs.forEach((diff) -> differences.addObject()
            .put("key", diff.key()).put("a", diff.a()).put("b", diff.b()));
        if (!pairs.isEmpty())
        {
            final ObjectNode settings = json.putObject("settings");
            settings.set("a", pairs.get(0).a().path("settings"));
            settings.set("b", pairs.get(0).b().path("settings"));
        }
        json.put("margin", margin);
        json.put("pairsAsked", pairsAsked);
        json.put("pairsRun", pairs.size());
        json.put("pairsCounted", counted());
        final ArrayNode flags = json.putArray("jvmFlags");
        ChildRun.flags().forEach(flags::add);
        final ObjectNode metrics = json.putObject("metrics");
        figures.forEach((figure) -> write(metrics.putObject(figure.metric().text()), figure));
        final ArrayNode array = json.putArray("pairs");
        pairs.forEach((pair) -> write(array.addObject(), pair));

        try
        {
            return JSON.writeValueAsString(json) + "\n";
        }
        catch (final JsonProcessingException ex)
        {
            throw new IllegalStateException("a tree of plain values cannot be written", ex);
        }
    }

    private static void write(final ObjectNode node, final Figure figure)
    {
        final RatioEstimate estimate = figure.estimate();
        node.put("unit", figure.metric().unit());
        write(node.putObject("a"), figure.a());
        write(node.putObject("b"), figure.b());
        final ObjectNode ratio = node.putObject("ratio");
        write(ratio, estimate.spread());
        ratio.put("hodgesLehmann", estimate.ratio());
        if (estimate.hasInterval())
        {
            ratio.putObject("interval95")
                .put("low", estimate.low())
                .put("high", estimate.high())
                .put("coverage", estimate.coverage());
        }
        else
        {
            ratio.putNull("interval95");
        }
        ratio.put("p", estimate.p());
        ratio.put("detectable", Double.isNaN(estimate.detectable()) ? null : (Double)estimate.detectable());
        node.put("finding", figure.finding().text());
    }

    private static void write(final ObjectNode node, final Spread spread)
    {
        node.put("count", spread.count())
            .put("median", spread.median())
            .put("min", spread.min())
            .put("max", spread.max());
    }

    private static void write(final ObjectNode node, final Pair pair)
    {
        node.put("pair", pair.number());
        node.put("order", pair.isAFirst() ? "AB" : "BA");
        node.put("counted", pair.counts());
        final ArrayNode reasons = node.putArray("reasons");
        pair.reasons().forEach(reasons::add);
        node.put("runA", pair.a().path("id").asText());
        node.put("runB", pair.b().path("id").asText());
        Arrays.stream(Metric.values())
            .filter((metric) -> !Double.isNaN(pair.ratio(metric)))
            .forEach((metric) -> node.putObject(metric.text())
                .put("a", metric.of(pair.a()))
                .put("b", metric.of(pair.b()))
                .put("ratio", pair.ratio(metric)));
    }
}
