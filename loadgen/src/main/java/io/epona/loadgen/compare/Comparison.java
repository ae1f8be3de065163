package io.epona.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioWriter;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Two systems, A and B, in pairs of runs whose order alternates (A B, B A, A B, ...), so that a machine that drifts
 * favours neither. Each pair gives a ratio of each figure; the comparison is the median of the ratios. A pair of which
 * a run did not pass is set aside and told of. Everything is kept in one folder: {@value #JSON_FILE},
 * {@value #TABLE_FILE}, both scenarios, and the folders of all runs in {@value #RUNS}.
 * <p>
 * Used by one thread.
 */
public final class Comparison
{
    /** The figures. */
    public static final String JSON_FILE = "compare.json";
    /** The same for people. */
    public static final String TABLE_FILE = "compare.txt";
    /** Folder of the runs' folders. */
    public static final String RUNS = "runs";

    private static final int SCHEMA = 1;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Scenario a;
    private final Scenario b;
    private final int pairCount;
    private final RunLauncher launcher;
    private final PrintStream display;
    private final List<Pair> pairs = new ArrayList<>();

    /**
     * @param a         scenario of the first system, resolved.
     * @param b         scenario of the second system, resolved: the same but for the driver.
     * @param pairCount pairs to run.
     * @param launcher  makes the runs.
     * @param display   for a line about each pair.
     */
    public Comparison(
        final Scenario a,
        final Scenario b,
        final int pairCount,
        final RunLauncher launcher,
        final PrintStream display)
    {
        this.a = a;
        this.b = b;
        this.pairCount = pairCount;
        this.launcher = launcher;
        this.display = display;
    }

    /**
     * Run all pairs. A violation of correctness ends the comparison with the pair in which it was found.
     *
     * @param parent folder of the comparison's folder.
     * @return exit code: the gravest of the runs'.
     * @throws IOException          where the folder cannot be written.
     * @throws InterruptedException where the caller is interrupted.
     */
    public int run(final Path parent) throws IOException, InterruptedException
    {
        final RunFolder folder = RunFolder.create(
            parent, "compare-" + a.name(), a.driver().use() + "-" + b.driver().use());
        final Path runs = Files.createDirectory(folder.file(RUNS));
        final Path fileA = write(folder, "a.yaml", a);
        final Path fileB = write(folder, "b.yaml", b);

        int exitCode = Verdict.OK;
        for (int i = 0; i < pairCount && Verdict.VIOLATED != exitCode; i++)
        {
            final boolean isAFirst = 0 == (i & 1);
            final JsonNode first = launcher.run(isAFirst ? fileA : fileB, runs);
            final JsonNode second = launcher.run(isAFirst ? fileB : fileA, runs);
            final Pair pair = new Pair(i + 1, isAFirst, isAFirst ? first : second, isAFirst ? second : first);
            pairs.add(pair);
            exitCode = Verdict.graver(exitCode, first.path("exitCode").asInt(Verdict.INFRASTRUCTURE));
            exitCode = Verdict.graver(exitCode, second.path("exitCode").asInt(Verdict.INFRASTRUCTURE));
            display.println(line(pair));
            display.flush();
            // After each pair: what was measured stays when the program is told to stop.
            Files.writeString(folder.file(JSON_FILE), JSON.writeValueAsString(json(folder.id())) + "\n");
            Files.writeString(folder.file(TABLE_FILE), table());
        }

        display.print(table());
        display.printf("  results    %s%n", folder.dir());
        display.flush();

        return exitCode;
    }

    private static Path write(final RunFolder folder, final String name, final Scenario scenario) throws IOException
    {
        folder.write(name, ScenarioWriter.write(scenario));
        return folder.file(name);
    }

    private String line(final Pair pair)
    {
        final StringBuilder line = new StringBuilder(String.format(
            Locale.ROOT, "pair %d of %d (%s)", pair.number(), pairCount, pair.isAFirst() ? "A B" : "B A"));
        if (pair.counts())
        {
            for (final Metric metric : Metric.values())
            {
                final double ratio = pair.ratio(metric);
                line.append("  ").append(metric.text()).append(' ').append(ratio(ratio));
            }
        }
        else
        {
            line.append("  set aside: ").append(String.join("; ", pair.reasons()));
        }

        return line.toString();
    }

    private static String ratio(final double ratio)
    {
        return Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.3f", ratio);
    }

    private double[] values(final Metric metric, final ToDoubleFunction<Pair> figure)
    {
        return pairs.stream()
            .filter((pair) -> pair.counts() && !Double.isNaN(pair.ratio(metric)))
            .mapToDouble(figure)
            .toArray();
    }

    private String table()
    {
        final long counted = pairs.stream().filter(Pair::counts).count();
        final StringBuilder table = new StringBuilder(512);
        table.append(String.format(Locale.ROOT, "%n%s: A = %s, B = %s; %d of %d pairs counted%n",
            a.name(), system(a), system(b), counted, pairs.size()));
        table.append(String.format(Locale.ROOT, "  %-10s %12s %12s %9s %9s %9s   %s%n",
            "", "median A", "median B", "A / B", "min", "max", "95 % interval of the median"));
        for (final Metric metric : Metric.values())
        {
            final double[] ratios = values(metric, (pair) -> pair.ratio(metric));
            if (ratios.length > 0)
            {
                final MedianInterval ratio = MedianInterval.of(ratios);
                table.append(String.format(Locale.ROOT, "  %-10s %12s %12s %9.3f %9.3f %9.3f   %s%n",
                    metric.text(),
                    figure(metric, MedianInterval.of(values(metric, (pair) -> metric.of(pair.a()))).median()),
                    figure(metric, MedianInterval.of(values(metric, (pair) -> metric.of(pair.b()))).median()),
                    ratio.median(), ratio.min(), ratio.max(), interval(ratio)));
            }
        }

        return table.toString();
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

    private static String interval(final MedianInterval ratio)
    {
        return ratio.hasInterval() ?
            String.format(Locale.ROOT, "%.3f to %.3f (%.1f %%)", ratio.low(), ratio.high(), 100 * ratio.coverage()) :
            "none: it takes " + MedianInterval.MIN_COUNT + " pairs";
    }

    private ObjectNode json(final String id)
    {
        final ObjectNode json = JSON.createObjectNode();
        json.put("schema", SCHEMA);
        json.put("id", id);
        json.put("scenario", a.name());
        json.put("a", system(a));
        json.put("b", system(b));
        json.put("pairsAsked", pairCount);
        json.put("pairsRun", pairs.size());
        json.put("pairsCounted", pairs.stream().filter(Pair::counts).count());
        final ArrayNode flags = json.putArray("jvmFlags");
        ChildRun.flags().forEach(flags::add);
        final ObjectNode metrics = json.putObject("metrics");
        for (final Metric metric : Metric.values())
        {
            final double[] ratios = values(metric, (pair) -> pair.ratio(metric));
            if (ratios.length > 0)
            {
                final ObjectNode node = metrics.putObject(metric.text());
                node.put("unit", metric.unit());
                write(node.putObject("a"), MedianInterval.of(values(metric, (pair) -> metric.of(pair.a()))));
                write(node.putObject("b"), MedianInterval.of(values(metric, (pair) -> metric.of(pair.b()))));
                write(node.putObject("ratio"), MedianInterval.of(ratios));
            }
        }
        final ArrayNode array = json.putArray("pairs");
        pairs.forEach((pair) -> write(array.addObject(), pair));

        return json;
    }

    private static void write(final ObjectNode node, final MedianInterval interval)
    {
        node.put("count", interval.count());
        node.put("median", interval.median());
        node.put("min", interval.min());
        node.put("max", interval.max());
        if (interval.hasInterval())
        {
            final ObjectNode of95 = node.putObject("interval95");
            of95.put("low", interval.low());
            of95.put("high", interval.high());
            of95.put("coverage", interval.coverage());
        }
        else
        {
            node.putNull("interval95");
        }
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
