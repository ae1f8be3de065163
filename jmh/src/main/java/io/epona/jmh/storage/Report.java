package io.epona.jmh.storage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What the cases measured: a line for the reader, and the same in JSON.
 */
final class Report
{
    private final ObjectNode root = new ObjectMapper().createObjectNode();
    private final ArrayNode entries;
    private final ArrayNode judgements;
    private final PrintStream out;
    private int missed;

    Report(final PrintStream out)
    {
        this.out = out;
        root.put("schema", 1)
            .put("java", System.getProperty("java.vm.version"))
            .put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"))
            .put("processors", Runtime.getRuntime().availableProcessors());
        this.entries = root.putArray("results");
        this.judgements = root.putArray("judgements");
    }

    /** Remember how the run was asked for. */
    void setting(final String name, final String value)
    {
        root.put(name, value);
    }

    void say(final String format, final Object... args)
    {
        out.println(String.format(format, args));
    }

    /**
     * @return an entry to fill.
     */
    ObjectNode entry(final String caseName, final String subject, final int turn)
    {
        return entries.addObject().put("case", caseName).put("subject", subject).put("turn", turn);
    }

    /**
     * Hold a figure against its bar.
     *
     * @param what  it is.
     * @param value measured.
     * @param bar   that it is to reach.
     * @param isMin whether the bar is the least value, else the greatest.
     */
    void judge(final String what, final double value, final double bar, final boolean isMin)
    {
        final boolean isMet = isMin ? value >= bar : value <= bar;
        missed += isMet ? 0 : 1;
        judgements.addObject().put("what", what).put("value", value).put("bar", bar).put("isMet", isMet);
        say("  %-6s %s: %.2f (bar: %s %.2f)", isMet ? "met" : "MISSED", what, value, isMin ? ">=" : "<=", bar);
    }

    /**
     * @return bars that were missed.
     */
    int missed()
    {
        return missed;
    }

    void write(final Path file) throws IOException
    {
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), root);
        say("written: %s", file);
    }

    static double median(final double[] values)
    {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        final int middle = sorted.length / 2;
        return 1 == (sorted.length & 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    static String spread(final double[] values)
    {
        return String.format(
            "%.0f (%.0f to %.0f)",
            median(values), Arrays.stream(values).min().orElseThrow(), Arrays.stream(values).max().orElseThrow());
    }
}
