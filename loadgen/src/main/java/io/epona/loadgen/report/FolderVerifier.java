package io.epona.loadgen.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.OpenSchedule;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Arrival;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioReader;
import io.epona.loadgen.scenario.ScenarioWriter;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds a stored run against itself: the files against their hashes, the summary against the histograms, the counts
 * against each other and against the scenario.
 */
public final class FolderVerifier
{
    private final Path dir;
    private final List<String> findings = new ArrayList<>();

    private FolderVerifier(final Path dir)
    {
        this.dir = dir;
    }

    /**
     * @param dir of a run.
     * @return what does not agree, one line each; empty where everything does.
     * @throws IOException where the folder cannot be read.
     */
    public static List<String> verify(final Path dir) throws IOException
    {
        final FolderVerifier verifier = new FolderVerifier(dir);
        verifier.run();

        return verifier.findings;
    }

    private void run() throws IOException
    {
        final Path file = dir.resolve(RunFolder.SUMMARY);
        if (!Files.isRegularFile(file))
        {
            findings.add(RunFolder.SUMMARY + " is missing: this is not the folder of a finished run");
            return;
        }

        final String text = Files.readString(file);
        final JsonNode summary;
        try
        {
            summary = RunFolder.JSON.readTree(text);
        }
        catch (final JsonProcessingException ex)
        {
            findings.add(RunFolder.SUMMARY + " is not JSON: " + ex.getOriginalMessage());
            return;
        }
        if (Summary.SCHEMA != summary.path("schema").asInt())
        {
            findings.add(RunFolder.SUMMARY + " is of schema " + summary.path("schema").asText() + ", not " +
                Summary.SCHEMA);
            return;
        }

        final JsonNode own = summary.path("hashes").path(RunFolder.SUMMARY);
        // Folders of before lack it: of these, what can be computed anew is all that can be found.
        if (!own.isMissingNode() && !RunFolder.isOwnHash(text, own.asText()))
        {
            findings.add(RunFolder.SUMMARY + " is not as it was written: its hash of itself differs");
        }
        hashes(summary);
        latencies(summary);
        accounting(summary);
        scenario(summary);
    }

    private void hashes(final JsonNode summary) throws IOException
    {
        final JsonNode hashes = summary.path("hashes");
        for (final String name : new String[]{RunFolder.SCENARIO, RunFolder.ENV, RunFolder.HLOG, RunFolder.SERIES})
        {
            final Path file = dir.resolve(name);
            if (!Files.isRegularFile(file))
            {
                findings.add(name + " is missing");
            }
            else if (!ScenarioWriter.hash(Files.readAllBytes(file)).equals(hashes.path(name).asText()))
            {
                findings.add(name + " is not the file that the summary was made with: its hash differs");
            }
        }
    }

    private void latencies(final JsonNode summary)
    {
        final List<Histogram> totals;
        try
        {
            totals = IntervalLog.read(dir.resolve(RunFolder.HLOG));
        }
        catch (final IOException ex)
        {
            findings.add(RunFolder.HLOG + " cannot be read: " + ex.getMessage());
            return;
        }

        for (int tag = 0; tag < totals.size(); tag++)
        {
            final String name = Latencies.TAGS.get(tag);
            final ObjectNode recomputed = RunFolder.JSON.createObjectNode();
            Percentiles.write(totals.get(tag), recomputed);
            final JsonNode stored = summary.path("latencyNs").path(name);
            recomputed.properties().forEach((figure) ->
            {
                final String told = stored.has(figure.getKey()) ? stored.get(figure.getKey()).asText() : "absent";
                if (!figure.getValue().asText().equals(told))
                {
                    findings.add("latencyNs." + name + "." + figure.getKey() + " is " + told +
                        ", the histogram log says " + figure.getValue().asText());
                }
            });
        }
    }

    private void accounting(final JsonNode summary)
    {
        final JsonNode verify = summary.path("verify");
        final long accepted = verify.path("accepted").asLong(-1);
        final long acked = verify.path("acked").asLong(-1);
        final long delivered = verify.path("delivered").asLong(-1);
        final long refused = verify.path("refused").asLong(-1);
        final long inDoubt = verify.path("inDoubt").asLong(-1);
        final long lost = verify.path("lost").asLong(-1);
        final long corrupt = verify.path("corrupt").asLong(-1);
        if (accepted != acked + refused + inDoubt)
        {
            findings.add("accounting: accepted " + accepted + " is not acked " + acked + " + refused " + refused +
                " + in doubt " + inDoubt);
        }
        if (delivered > accepted)
        {
            findings.add("accounting: more was delivered (" + delivered + ") than accepted (" + accepted + ")");
        }
        if (delivered + lost + corrupt < acked)
        {
            findings.add("accounting: delivered " + delivered + " + lost " + lost + " + corrupt " + corrupt +
                " do not cover acked " + acked);
        }
        final JsonNode latencies = summary.path("latencyNs");
        if (latencies.path("e2e").path("count").asLong() > delivered)
        {
            findings.add("accounting: more latencies than deliveries");
        }
        if (latencies.path("e2e").path("count").asLong() != latencies.path("service").path("count").asLong())
        {
            findings.add("accounting: e2e and service have different counts");
        }
        // A turn that comes late makes the true window shorter than the one asked for; folders of before lack it.
        final double seconds =
            summary.path("deliveredWindowNs").asLong(summary.path("measureNs").asLong()) / 1e9;
        final double inWindow = summary.path("rates").path("delivered").asDouble() * seconds;
        if (inWindow > delivered * (summary.has("deliveredWindowNs") ? 1 : 1.02) + seconds + 1)
        {
            findings.add("accounting: the delivered rate over the window is more than all deliveries");
        }
    }

    private void scenario(final JsonNode summary)
    {
        final Scenario scenario;
        try
        {
            scenario = ScenarioReader.read(Files.readString(dir.resolve(RunFolder.SCENARIO)), List.of());
        }
        catch (final IOException | ScenarioException ex)
        {
            findings.add(RunFolder.SCENARIO + " cannot be read: " + ex.getMessage());
            return;
        }

        if (!scenario.name().equals(summary.path("scenario").asText()) ||
            !scenario.driver().use().equals(summary.path("driver").asText()) ||
            scenario.phases().measureNs() != summary.path("measureNs").asLong())
        {
            findings.add("scenario, driver or window of the summary are not those of " + RunFolder.SCENARIO);
        }

        verdict(summary, scenario);
    }

    private void verdict(final JsonNode summary, final Scenario scenario)
    {
        final boolean passed = "PASS".equals(summary.path("verdict").asText());
        if (passed == (summary.path("reasons").size() > 0))
        {
            findings.add("verdict " + summary.path("verdict").asText() + " does not go with " +
                summary.path("reasons").size() + " reasons");
        }
        if (!passed)
        {
            return;
        }

        final JsonNode verify = summary.path("verify");
        final boolean exactlyOnce = "exactly-once".equals(scenario.verify().delivery());
        if (!"none".equals(scenario.verify().delivery()) &&
            verify.path("lost").asLong() + verify.path("corrupt").asLong() > 0 ||
            exactlyOnce && verify.path("duplicated").asLong() > 0 ||
            scenario.verify().ordered() && verify.path("reordered").asLong() > 0)
        {
            findings.add("verdict PASS in spite of violations");
        }
        if (exactlyOnce && Mode.OPEN == scenario.load().mode() &&
            Arrival.EVEN == scenario.load().arrival())
        {
            final long due = OpenSchedule.scheduledIn(
                scenario.load().rate(), scenario.phases().warmupNs() + scenario.phases().measureNs()) -
                OpenSchedule.scheduledIn(scenario.load().rate(), scenario.phases().warmupNs());
            final long told = summary.path("latencyNs").path("e2e").path("count").asLong();
            if (due != told)
            {
                findings.add("verdict PASS, but of " + due + " messages due in the window " + told +
                    " have a latency");
            }
        }
    }
}
