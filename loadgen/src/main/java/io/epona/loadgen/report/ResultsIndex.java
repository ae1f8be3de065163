package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.ScenarioReader;
import io.epona.loadgen.scenario.Units;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * {@code INDEX.md} of a results folder: what is published, made from the folders and from nothing else, so that it can
 * be made again and compared.
 */
public final class ResultsIndex
{
    /** Name of the file. */
    public static final String FILE = "INDEX.md";
    /** Folder of the published runs. */
    public static final String RUNS = "runs";
    /** Folder of the published comparisons. */
    public static final String COMPARISONS = "compare";

    private static final String COMPARISON = "compare.json";
    private static final int COMMIT_LENGTH = 7;

    private final Path results;
    private final StringBuilder text = new StringBuilder(4096);

    private ResultsIndex(final Path results)
    {
        this.results = results;
    }

    /**
     * @param results folder that holds {@link #RUNS} and {@link #COMPARISONS}.
     * @return the index.
     * @throws IOException where a folder cannot be read.
     */
    public static String of(final Path results) throws IOException
    {
        final ResultsIndex index = new ResultsIndex(results);
        index.write();

        return index.text.toString();
    }

    /**
     * @param dir a folder, which need not exist.
     * @return the folders in it by name, which is by time.
     * @throws IOException where it cannot be read.
     */
    public static List<Path> folders(final Path dir) throws IOException
    {
        if (!Files.isDirectory(dir))
        {
            return List.of();
        }
        try (Stream<Path> found = Files.list(dir))
        {
            return found.filter(Files::isDirectory).sorted().toList();
        }
    }

    private void write() throws IOException
    {
        text.append("# What is published\n\n")
            .append("Made by `java -jar loadgen/target/epona-loadgen.jar index`, held against the folders by ")
            .append("`verify results`. Not to be\nedited. What the columns mean: [README.md](README.md).\n\n");
        runs();
        comparisons();
    }

    private void runs() throws IOException
    {
        final Map<String, List<Path>> byMachine = new TreeMap<>();
        for (final Path dir : folders(results.resolve(RUNS)))
        {
            byMachine.computeIfAbsent(machine(dir), (machine) -> new ArrayList<>()).add(dir);
        }
        for (final Map.Entry<String, List<Path>> entry : byMachine.entrySet())
        {
            text.append("## Runs on ").append(entry.getKey())
                .append("\n\nThe latest of each scenario, load and driver; latencies end to end in microseconds. ")
                .append("A commit with * was built with changes.\n\n")
                .append("| scenario | load | driver | verdict | delivered/s | p50 | p99 | max | commit | run |\n")
                .append("|---|---|---|---|---:|---:|---:|---:|---|---|\n");
            final Map<String, String> latest = new TreeMap<>();
            for (final Path dir : entry.getValue())
            {
                row(dir, latest);
            }
            latest.values().forEach(text::append);
            text.append('\n');
        }
    }

    private static String machine(final Path dir) throws IOException
    {
        final JsonNode machine = json(dir.resolve(RunFolder.ENV)).path("machine");
        return machine.path("cpu").asText() + ", " + machine.path("processors").asText() + " processors, " +
            machine.path("memory").asText() + ", " + machine.path("os").asText() + " " +
            machine.path("kernel").asText();
    }

    private static void row(final Path dir, final Map<String, String> latest) throws IOException
    {
        final JsonNode summary = json(dir.resolve(RunFolder.SUMMARY));
        final JsonNode versions = json(dir.resolve(RunFolder.ENV)).path("versions");
        final Scenario scenario = ScenarioReader.read(Files.readString(dir.resolve(RunFolder.SCENARIO)), List.of());
        final String load = Mode.OPEN == scenario.load().mode() ?
            "open " + Units.rateText(scenario.load().rate()) : scenario.load().mode().text();
        final String driver = scenario.driver().use() +
            ("aeron-echo".equals(scenario.driver().use()) ? " " + scenario.driver().transport() : "") +
            (scenario.engine().replication() > 1 ? ", " + scenario.engine().replication() + " replicas" : "");
        final JsonNode e2e = summary.path("latencyNs").path("e2e");
        final String commit = versions.path("commit").asText();
        // Where it says the same of scenario, load and driver, the later one takes the place of the earlier.
        latest.put(scenario.name() + "|" + String.format(Locale.ROOT, "%012d", scenario.load().rate()) + "|" + driver,
            String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %s | %s | %s | %s%s | %s |%n",
            scenario.name(), load, driver, summary.path("verdict").asText(),
            Text.grouped(summary.path("rates").path("delivered").asDouble()),
            micros(e2e.path("p50")), micros(e2e.path("p99")), micros(e2e.path("max")),
            commit.substring(0, Math.min(COMMIT_LENGTH, commit.length())),
            "true".equals(versions.path("dirty").asText()) ? "*" : "",
            dir.getFileName()));
    }

    private static String micros(final JsonNode ns)
    {
        return ns.isNumber() && ns.asDouble() > 0 ? Text.micros(ns.asDouble()) : "-";
    }

    private void comparisons() throws IOException
    {
        final List<Path> dirs = folders(results.resolve(COMPARISONS));
        if (dirs.isEmpty())
        {
            return;
        }

        text.append("## Comparisons\n\nMedian of the pairs' ratios with the least and the greatest; below 10 pairs no ")
            .append("finding is made.\n\n")
            .append("| scenario | A | B | pairs | figure | A / B | finding | comparison |\n")
            .append("|---|---|---|---:|---|---|---|---|\n");
        for (final Path dir : dirs)
        {
            final JsonNode json = json(dir.resolve(COMPARISON));
            json.path("metrics").properties().forEach((metric) -> text.append(String.format(Locale.ROOT,
                "| %s | %s | %s | %d | %s | %.3f (%.3f to %.3f) | %s | %s |%n",
                json.path("scenario").asText(), json.path("a").asText(), json.path("b").asText(),
                json.path("pairsCounted").asInt(), metric.getKey(),
                metric.getValue().at("/ratio/median").asDouble(),
                metric.getValue().at("/ratio/min").asDouble(),
                metric.getValue().at("/ratio/max").asDouble(),
                metric.getValue().path("finding").asText("-"),
                dir.getFileName())));
        }
    }

    private static JsonNode json(final Path file) throws IOException
    {
        return RunFolder.JSON.readTree(Files.readString(file));
    }
}
