package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is printed when a run has ended.
 */
public final class Headline
{
    private Headline()
    {
    }

    /**
     * @param outcome of a run.
     * @param out     to print on.
     */
    public static void print(final RunSession.Outcome outcome, final PrintStream out)
    {
        final JsonNode summary = outcome.summary();
        final JsonNode rates = summary.get("rates");
        final JsonNode verify = summary.get("verify");
        final boolean passed = "PASS".equals(outcome.verdict().word());
        out.println();
        out.printf("%s  %s on %s%s%n", outcome.verdict().word(), summary.get("scenario").asText(),
            summary.get("driver").asText(), passed ? "" : "  (figures of a run that did not pass: do not publish)");
        for (final String reason : outcome.verdict().reasons())
        {
            out.println("  because    " + reason);
        }
        out.printf("  rate/s     scheduled %s   accepted %s   acked %s   delivered %s   (%s MB/s)%n",
            Text.grouped(rates.get("scheduled").asDouble()),
            Text.grouped(rates.get("accepted").asDouble()),
            Text.grouped(rates.get("acked").asDouble()),
            Text.grouped(rates.get("delivered").asDouble()),
            String.format(Locale.ROOT, "%,.1f", summary.get("bytesPerSecond").asDouble() / 1e6));
        latencies(summary, out);
        out.printf("  verified   %s records delivered: lost %s, duplicated %s, reordered %s, corrupt %s, in doubt %s%n",
            Text.grouped(verify.get("delivered").asDouble()),
            verify.get("lost").asText(),
            verify.get("duplicated").asText(),
            verify.get("reordered").asText(),
            verify.get("corrupt").asText(),
            verify.get("inDoubt").asText());
        out.printf("             by %s%n", verify.get("checked").asText());
        out.printf("  allocated  %s bytes by the data threads in the window%n",
            Text.grouped(summary.get("allocatedBytes").asDouble()));
        final List<String> settings = new ArrayList<>();
        summary.get("settings").properties().forEach((e) -> settings.add(e.getKey() + "=" + e.getValue().asText()));
        out.println("  settings   " + String.join(", ", settings));
        for (final JsonNode error : summary.get("systemErrors"))
        {
            out.println("  reported   " + error.asText());
        }
        out.printf("  results    %s%n", outcome.folder().dir());
        out.flush();
    }

    private static void latencies(final JsonNode summary, final PrintStream out)
    {
        final JsonNode latencies = summary.get("latencyNs");
        if (0 == latencies.get("e2e").get("count").asLong())
        {
            return;
        }

        out.printf("  latency us %10s %10s %10s %10s %10s %10s %10s%n",
            "samples", "p50", "p90", "p99", "p99.9", "p99.99", "max");
        latencies.properties().forEach((entry) ->
        {
            final JsonNode figures = entry.getValue();
            if (figures.get("count").asLong() > 0)
            {
                out.printf("  %-10s %10s", entry.getKey(), Text.grouped(figures.get("count").asDouble()));
                for (final String name : new String[]{"p50", "p90", "p99", "p99_9", "p99_99", "max"})
                {
                    final JsonNode value = figures.get(name);
                    out.printf(" %10s", value.isNull() ? "-" : Text.micros(value.asDouble()));
                }
                out.println();
            }
        });
    }
}
