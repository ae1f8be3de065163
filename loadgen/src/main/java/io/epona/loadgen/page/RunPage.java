package io.epona.loadgen.page;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.report.StoredRun;
import io.epona.loadgen.scenario.Flat;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One run, or several laid over each other.
 */
public final class RunPage
{
    private static final String[] FIGURES = {"p50", "p90", "p99", "p99_9", "p99_99", "max"};
    private static final int STEPS_PER_HALVING = 5;
    private static final int MIN_BEYOND = 10;

    private final List<StoredRun> runs;

    private RunPage(final List<StoredRun> runs)
    {
        this.runs = runs;
    }

    /**
     * @param runs at least one.
     * @return the page.
     */
    public static String of(final List<StoredRun> runs)
    {
        return new RunPage(List.copyOf(runs)).page();
    }

    private String page()
    {
        final Html html = new Html(1 == runs.size() ? runs.get(0).id() : runs.size() + " runs beside each other");
        runs.forEach((run) -> verdict(html, run));
        html.section("Headline").table(head(), rows());
        percentiles(html);
        timeSeries(html);
        outages(html);
        differences(html);
        for (final StoredRun run : runs)
        {
            html.section("Scenario of " + run.id()).preformatted(run.scenario());
            html.section("Environment of " + run.id()).preformatted(run.env().toPrettyString());
        }
        reproduce(html);

        return html.finish();
    }

    private static void verdict(final Html html, final StoredRun run)
    {
        final String word = run.summary().path("verdict").asText();
        final String style = "PASS".equals(word) ? "good" : "FAIL".equals(word) ? "bad" : "unsure";
        final List<String> reasons = new ArrayList<>();
        run.summary().path("reasons").forEach((reason) -> reasons.add(reason.asText()));
        html.paragraph(style, word + "  " + run.summary().path("scenario").asText() + " on " +
            run.summary().path("driver").asText() + (reasons.isEmpty() ? "" : ": " + String.join("; ", reasons)) +
            ("PASS".equals(word) ? "" : ". Figures of a run that did not pass: not to be published."));
    }

    private static List<String> head()
    {
        return List.of("", "scheduled/s", "accepted/s", "acked/s", "delivered/s", "p50 us", "p90 us", "p99 us",
            "p99.9 us", "p99.99 us", "max us");
    }

    private List<List<String>> rows()
    {
        final List<List<String>> rows = new ArrayList<>();
        for (final StoredRun run : runs)
        {
            boolean isFirst = true;
            for (final String tag : Latencies.TAGS)
            {
                final JsonNode figures = run.summary().at("/latencyNs/" + tag);
                if (isFirst || figures.path("count").asLong() > 0)
                {
                    rows.add(row(run, tag, figures, isFirst));
                    isFirst = false;
                }
            }
        }

        return rows;
    }

    private List<String> row(
        final StoredRun run, final String tag, final JsonNode figures, final boolean isFirst)
    {
        final List<String> row = new ArrayList<>();
        row.add(name(run) + tag);
        for (final String rate : new String[]{"scheduled", "accepted", "acked", "delivered"})
        {
            row.add(isFirst ? String.format(Locale.ROOT, "%,d", run.summary().at("/rates/" + rate).asLong()) : "");
        }
        for (final String figure : FIGURES)
        {
            final JsonNode value = figures.path(figure);
            row.add(value.isNumber() ? String.format(Locale.ROOT, "%,.1f", value.asDouble() / 1000) : "-");
        }

        return row;
    }

    private String name(final StoredRun run)
    {
        return 1 == runs.size() ? "" : run.id() + " ";
    }

    /** A percentile is drawn as far as ten samples lie beyond it. */
    private void percentiles(final Html html)
    {
        double min = Double.MAX_VALUE;
        double max = 0;
        double nines = 1;
        for (final StoredRun run : runs)
        {
            for (final Histogram total : run.totals())
            {
                if (total.getTotalCount() > MIN_BEYOND)
                {
                    min = Math.min(min, Math.max(1, total.getMinNonZeroValue()));
                    max = Math.max(max, total.getMaxValue());
                    nines = Math.max(nines, Math.log10((double)total.getTotalCount() / MIN_BEYOND));
                }
            }
        }
        if (0 == max)
        {
            return;
        }

        final Plot plot = new Plot(
            Axis.percentile("percentile", nines), Axis.log("latency, us", min, max, RunPage::micros));
        for (final StoredRun run : runs)
        {
            for (int tag = 0; tag < Latencies.TAGS.size(); tag++)
            {
                final boolean isDrawn = 1 == runs.size() || Latencies.E2E == tag;
                if (isDrawn && run.totals().get(tag).getTotalCount() > MIN_BEYOND)
                {
                    curve(plot, name(run) + Latencies.TAGS.get(tag), run.totals().get(tag));
                }
            }
        }
        html.section("Latency by percentile, from the intended time")
            .plot(plot.svg("latency by percentile"));
    }

    private static void curve(final Plot plot, final String name, final Histogram total)
    {
        final List<double[]> points = new ArrayList<>();
        for (final HistogramIterationValue value : total.percentiles(STEPS_PER_HALVING))
        {
            if (total.getTotalCount() - value.getTotalCountToThisValue() >= MIN_BEYOND)
            {
                points.add(new double[]{
                    value.getPercentileLevelIteratedTo(), Math.max(1, value.getValueIteratedTo())});
            }
        }
        plot.line(
            name,
            points.stream().mapToDouble((point) -> point[0]).toArray(),
            points.stream().mapToDouble((point) -> point[1]).toArray());
    }

    private void timeSeries(final Html html)
    {
        final String[] rates = 1 == runs.size() ?
            new String[]{"scheduled", "accepted", "acked", "delivered"} : new String[]{"delivered"};
        series(html, "Rate over time", "messages per second", rates, false);
        series(html, "Latency over time (e2e, of each second)", "latency, us",
            1 == runs.size() ? new String[]{"e2eP50Ns", "e2eP99Ns", "e2eMaxNs"} : new String[]{"e2eP99Ns"}, true);
    }

    private void series(
        final Html html, final String title, final String unit, final String[] columns, final boolean isLatency)
    {
        double min = Double.MAX_VALUE;
        double max = 0;
        double seconds = 1;
        for (final StoredRun run : runs)
        {
            seconds = Math.max(seconds, run.phases().size());
            for (final String column : columns)
            {
                for (final double value : run.series().getOrDefault(column, new double[0]))
                {
                    min = value > 0 ? Math.min(min, value) : min;
                    max = Double.isNaN(value) ? max : Math.max(max, value);
                }
            }
        }
        if (0 == max)
        {
            return;
        }

        final Plot plot = new Plot(
            Axis.linear("second of the run", seconds, (value) -> String.format(Locale.ROOT, "%.0f", value)),
            isLatency ? Axis.log(unit, min, max, RunPage::micros) : Axis.linear(unit, max, RunPage::compact));
        for (final StoredRun run : runs)
        {
            for (final String column : columns)
            {
                final double[] values = run.series().getOrDefault(column, new double[0]);
                plot.line(name(run) + column.replace("e2eP", "p").replace("e2eMax", "max").replace("Ns", ""),
                    run.series().get("second"), values);
            }
            marks(plot, run);
        }
        html.section(title).plot(plot.svg(title));
    }

    private void marks(final Plot plot, final StoredRun run)
    {
        final int window = run.phases().indexOf("measure");
        if (window > 0 && 1 == runs.size())
        {
            plot.mark(window, "window");
        }
        run.summary().path("outages").forEach((outage) ->
            plot.mark(outage.path("atMs").asDouble() / 1000, outage.path("event").asText()));
    }

    private static String micros(final double ns)
    {
        return String.format(Locale.ROOT, ns < 100 ? "%.3f" : ns < 10_000 ? "%,.1f" : "%,.0f", ns / 1000);
    }

    private static String compact(final double value)
    {
        if (value >= 1e6)
        {
            return String.format(Locale.ROOT, "%.1fM", value / 1e6);
        }

        return value >= 1e3 ? String.format(Locale.ROOT, "%.0fk", value / 1e3) :
            String.format(Locale.ROOT, "%.0f", value);
    }

    private void outages(final Html html)
    {
        final List<List<String>> rows = new ArrayList<>();
        for (final StoredRun run : runs)
        {
            run.summary().path("outages").forEach((outage) -> rows.add(List.of(
                name(run) + outage.path("event").asText(),
                outage.path("atMs").asText(),
                outage.path("broker").asText(),
                outage.path("partitions").asText(),
                outage.path("electedMs").asText(),
                outage.path("unavailableMs").asText(),
                outage.path("inSyncMs").asText())));
        }
        if (!rows.isEmpty())
        {
            html.section("Faults").table(
                List.of("", "at ms", "broker", "led", "elected ms", "unavailable ms", "in sync ms"), rows);
        }
    }

    /** Of several runs: what differs in scenario and environment. */
    private void differences(final Html html)
    {
        if (runs.size() < 2)
        {
            return;
        }

        final List<String> head = new ArrayList<>(List.of("differs"));
        runs.forEach((run) -> head.add(run.id()));
        final SortedMap<String, List<String>> rows = new TreeMap<>();
        for (int i = 0; i < runs.size(); i++)
        {
            final Map<String, String> values = new TreeMap<>();
            Flat.yaml("scenario", runs.get(i).scenario(), values);
            Flat.json("env", runs.get(i).env(), values);
            for (final Map.Entry<String, String> value : values.entrySet())
            {
                rows.computeIfAbsent(value.getKey(), (key) -> new ArrayList<>(Collections.nCopies(runs.size(), "")))
                    .set(i, value.getValue());
            }
        }
        final List<List<String>> different = new ArrayList<>();
        rows.forEach((key, values) ->
        {
            if (values.stream().distinct().count() > 1)
            {
                final List<String> row = new ArrayList<>(List.of(key));
                row.addAll(values);
                different.add(row);
            }
        });
        html.section("Differences of scenario and environment");
        if (different.isEmpty())
        {
            html.paragraph("note", "none");
        }
        else
        {
            html.table(head, different);
        }
    }

    private void reproduce(final Html html)
    {
        final StringBuilder commands = new StringBuilder();
        for (final StoredRun run : runs)
        {
            commands.append("java -jar loadgen/target/epona-loadgen.jar run ").append(run.id())
                .append("/scenario.yaml    # commit ").append(run.env().at("/versions/commit").asText()).append('\n');
        }
        html.section("To run it again").preformatted(commands.toString());
    }
}
