package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A run as its folder tells it.
 *
 * @param id       of the run.
 * @param summary  {@code summary.json}.
 * @param env      {@code env.json}.
 * @param scenario {@code scenario.yaml}.
 * @param totals   of {@code latency.hlog}, by the order of {@link io.epona.loadgen.load.Latencies#TAGS}, ns.
 * @param phases   of each second.
 * @param series   columns of {@code series.csv} by name, a value for each second, NaN where there is none.
 */
public record StoredRun(
    String id,
    JsonNode summary,
    JsonNode env,
    String scenario,
    List<Histogram> totals,
    List<String> phases,
    Map<String, double[]> series)
{
    private static final String PHASE = "phase";

    /**
     * @param dir of a run that has ended.
     * @return what it holds.
     * @throws IOException where a file is missing or damaged.
     */
    public static StoredRun read(final Path dir) throws IOException
    {
        final List<String[]> lines = Files.readAllLines(dir.resolve(RunFolder.SERIES)).stream()
            .map((line) -> line.split(",", -1))
            .toList();
        if (lines.isEmpty() || lines.stream().anyMatch((line) -> line.length != lines.get(0).length))
        {
            throw new IOException(RunFolder.SERIES + " is not a table");
        }

        final List<String> header = Arrays.asList(lines.get(0));
        final List<String[]> rows = lines.subList(1, lines.size());
        final Map<String, double[]> series = new HashMap<>();
        for (int i = 0; i < header.size(); i++)
        {
            if (!PHASE.equals(header.get(i)))
            {
                series.put(header.get(i), column(rows, i));
            }
        }
        final int phase = header.indexOf(PHASE);
        final JsonNode summary = RunFolder.JSON.readTree(Files.readString(dir.resolve(RunFolder.SUMMARY)));

        return new StoredRun(
            summary.path("id").asText(),
            summary,
            RunFolder.JSON.readTree(Files.readString(dir.resolve(RunFolder.ENV))),
            Files.readString(dir.resolve(RunFolder.SCENARIO)),
            IntervalLog.read(dir.resolve(RunFolder.HLOG)),
            rows.stream().map((row) -> row[phase]).toList(),
            series);
    }

    private static double[] column(final List<String[]> rows, final int index) throws IOException
    {
        final double[] values = new double[rows.size()];
        for (int i = 0; i < values.length; i++)
        {
            final String value = rows.get(i)[index];
            try
            {
                values[i] = value.isEmpty() ? Double.NaN : Double.parseDouble(value);
            }
            catch (final NumberFormatException ex)
            {
                throw new IOException(RunFolder.SERIES + ", line " + (i + 2) + ": '" + value + "' is no number", ex);
            }
        }

        return values;
    }
}
