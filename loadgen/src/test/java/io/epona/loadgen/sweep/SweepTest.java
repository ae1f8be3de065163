package io.epona.loadgen.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.launch.RunLauncher;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SweepTest
{
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Long> rates = new ArrayList<>();

    @TempDir
    private Path dir;

    private static Scenario at(final long rate)
    {
        return ScenarioReader.read("name: short", List.of("load.rate=" + rate + "/s", "slo.e2e.p99=2ms"));
    }

    private int sweep(final RunLauncher launcher) throws IOException, InterruptedException
    {
        return new Sweep(at(100_000), 100, 100_000_000, SweepTest::at, launcher,
            new PrintStream(out, true, StandardCharsets.UTF_8)).run(RunFolder.create(dir, "sweep", "x"));
    }

    private ObjectNode summary(final Path file, final int exitCode, final String... reasons) throws IOException
    {
        final long rate = ScenarioReader.read(Files.readString(file), List.of()).load().rate();
        rates.add(rate);
        final ObjectNode summary = JSON.createObjectNode().put("id", "run" + rates.size()).put("exitCode", exitCode);
        List.of(reasons).forEach(summary.putArray("reasons")::add);
        summary.putObject("rates").put("delivered", rate);
        summary.putObject("latencyNs").putObject("e2e").put("p50", 1000).put("p99", 2000).putNull("p99_9");
        return summary;
    }

    private JsonNode json() throws IOException
    {
        try (Stream<Path> made = Files.list(dir))
        {
            final Path folder = made.findAny().orElseThrow();
            assertTrue(text().contains(Files.readString(folder.resolve(Sweep.TABLE_FILE))), this::text);
            assertTrue(Files.isRegularFile(folder.resolve("scenario.yaml")));
            return JSON.readTree(Files.readString(folder.resolve(Sweep.JSON_FILE)));
        }
    }

    private String text()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void findsTheRateAndKeepsEveryRun() throws Exception
    {
        assertEquals(Verdict.OK, sweep((file, runs) ->
        {
            final ObjectNode summary = summary(file, Verdict.OK);
            return rates.get(rates.size() - 1) <= 150_000 ? summary : summary.put("exitCode", Verdict.MISSED);
        }));

        final JsonNode json = json();
        assertEquals("found", json.get("state").asText());
        final long found = json.get("highestRate").asLong();
        assertTrue(found <= 150_000 && found >= 142_000, () -> "" + found);
        assertEquals(rates.size(), json.get("runs").size());
        assertEquals("run1", json.get("runs").get(0).get("run").asText());
        assertEquals("held", json.get("runs").get(0).get("outcome").asText());
        assertTrue(json.get("runs").get(0).get("p99_9").isNull());
        assertTrue(text().contains("held 4 times") && text().contains("e2e.p99 <= 2,000.0 us"), this::text);
    }

    @Test
    void runsAgainWhatTheHostSpoilt() throws Exception
    {
        assertEquals(Verdict.OK, sweep((file, runs) ->
        {
            if (rates.isEmpty())
            {
                return summary(file, Verdict.SPOILT, "steal");
            }
            final ObjectNode summary = summary(file, Verdict.OK);
            return rates.get(rates.size() - 1) <= 100_000 ? summary : summary.put("exitCode", Verdict.MISSED);
        }));
        assertEquals("spoilt", json().get("runs").get(0).get("outcome").asText());
        assertEquals(rates.get(0), rates.get(1));
    }

    @Test
    void givesUpWhereTheHostSpoilsEveryRun() throws Exception
    {
        assertEquals(Verdict.SPOILT, sweep((file, runs) -> summary(file, Verdict.SPOILT, "steal")));
        assertEquals(3, rates.size());
        assertTrue(text().contains("ended before a rate held"), this::text);
    }

    @Test
    void saysWhereTheGeneratorIsTheLimit() throws Exception
    {
        assertEquals(Verdict.OK, sweep((file, runs) ->
        {
            final ObjectNode summary = summary(file, Verdict.OK);
            return rates.get(rates.size() - 1) <= 150_000 ? summary :
                summary(file, Verdict.SPOILT, "generator-limited: too near");
        }));
        assertTrue(json().get("generatorLimited").asBoolean());
        assertTrue(text().contains("out of the generator's reach"), this::text);
    }

    @Test
    void endsAtAViolation() throws Exception
    {
        assertEquals(Verdict.VIOLATED, sweep((file, runs) -> summary(file, Verdict.VIOLATED, "lost")));
        assertEquals(1, rates.size());
    }

    @Test
    void noRateHolds() throws Exception
    {
        assertEquals(Verdict.MISSED, sweep((file, runs) -> summary(file, Verdict.MISSED, "slo missed")));
        assertTrue(json().get("highestRate").isNull());
    }
}
