package io.epona.loadgen.compare;

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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ComparisonTest
{
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<String> order = new ArrayList<>();

    @TempDir
    private Path dir;

    private static Scenario scenario(final String driver)
    {
        return ScenarioReader.read("name: short", List.of("driver.use=" + driver));
    }

    /** A's p50 is 2000 and one more with each pair, B's 1000; A delivers half of what B does. */
    private JsonNode summary(final Path scenario)
    {
        final boolean isA = scenario.endsWith("a.yaml");
        final ObjectNode summary = JSON.createObjectNode();
        summary.put("id", "run" + order.size());
        summary.put("verdict", "PASS").put("exitCode", Verdict.OK).putArray("reasons");
        final int pair = order.size() / 2;
        summary.putObject("latencyNs").putObject("e2e").put("p50", isA ? 2000 + pair : 1000).putNull("p99");
        summary.putObject("rates").put("delivered", isA ? 50 : 100);
        order.add(isA ? "A" : "B");
        return summary;
    }

    private int run(final int pairs, final RunLauncher launcher) throws IOException, InterruptedException
    {
        return new Comparison(
            scenario("ipc"), scenario("aeron-echo"), 0.05, pairs, launcher,
            new PrintStream(out, true, StandardCharsets.UTF_8)).run(RunFolder.create(dir, "compare", "x"));
    }

    private JsonNode json() throws IOException
    {
        try (Stream<Path> made = Files.list(dir))
        {
            final Path folder = made.findAny().orElseThrow();
            assertTrue(Files.isDirectory(folder.resolve(Comparison.RUNS)));
            assertTrue(out().contains(Files.readString(folder.resolve(Comparison.TABLE_FILE))), this::out);
            assertTrue(out().contains("results    " + folder), this::out);
            assertEquals("ipc", ScenarioReader.read(
                Files.readString(folder.resolve("a.yaml")), List.of()).driver().use());
            return JSON.readTree(Files.readString(folder.resolve(Comparison.JSON_FILE)));
        }
    }

    private String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void alternatesTheOrderAndTellsTheMedianOfTheRatios() throws Exception
    {
        assertEquals(Verdict.OK, run(10, (scenario, runs) -> summary(scenario)));

        assertEquals("ABBA".repeat(5), String.join("", order));
        final JsonNode json = json();
        assertEquals(10, json.get("pairsCounted").asInt());
        assertEquals(10, json.get("pairs").size());
        assertEquals("BA", json.get("pairs").get(1).get("order").asText());
        assertEquals("run3", json.get("pairs").get(1).get("runA").asText());
        final JsonNode p50 = json.get("metrics").get("e2e p50");
        assertEquals(2.0045, p50.get("ratio").get("median").asDouble(), 1e-9);
        assertEquals(2.0045, p50.get("ratio").get("hodgesLehmann").asDouble(), 1e-5);
        assertEquals(2.0 / 1024, p50.get("ratio").get("p").asDouble(), 1e-9);
        assertEquals("A slower", p50.get("finding").asText());
        assertEquals(2.0, p50.get("ratio").get("min").asDouble());
        assertEquals(2.009, p50.get("ratio").get("max").asDouble());
        final double low = p50.get("ratio").get("interval95").get("low").asDouble();
        final double high = p50.get("ratio").get("interval95").get("high").asDouble();
        assertTrue(low > 2.001 && low < 2.0045 && high > 2.0045 && high < 2.008, low + " to " + high);
        assertEquals(1000, p50.get("b").get("median").asDouble());
        assertEquals(0.5, json.get("metrics").get("delivered").get("ratio").get("median").asDouble());
        assertEquals("driver.use", json.get("differences").get(0).get("key").asText());
        assertEquals("aeron-echo", json.get("differences").get(0).get("b").asText());
        assertFalse(json.get("metrics").has("e2e p99"), "a figure that no run has");
        assertTrue(out().contains("A slower") && out().contains("driver.use: ipc | aeron-echo"), this::out);
    }

    @Test
    void setsAsideAPairOfWhichARunDidNotPass() throws Exception
    {
        assertEquals(Verdict.SPOILT, run(4, (scenario, runs) ->
        {
            final ObjectNode summary = (ObjectNode)summary(scenario);
            if (4 == order.size())
            {
                summary.put("verdict", "INVALID").put("exitCode", Verdict.SPOILT).putArray("reasons").add("steal");
            }
            return summary;
        }));

        assertEquals(8, order.size());
        final JsonNode json = json();
        assertEquals(4, json.get("pairsRun").asInt());
        assertEquals(3, json.get("pairsCounted").asInt());
        assertFalse(json.get("pairs").get(1).get("counted").asBoolean());
        assertEquals("A INVALID: steal", json.get("pairs").get(1).get("reasons").get(0).asText());
        final JsonNode ratio = json.get("metrics").get("e2e p50").get("ratio");
        assertEquals(3, ratio.get("count").asInt());
        assertTrue(ratio.get("interval95").isNull());
        assertTrue(out().contains("3 of 4 pairs counted") && out().contains("it takes 6 pairs"), this::out);
    }

    @Test
    void setsAsideAPairThatMetTheCoresInDifferentStates() throws Exception
    {
        assertEquals(Verdict.OK, run(2, (scenario, runs) ->
        {
            final ObjectNode summary = (ObjectNode)summary(scenario);
            final ObjectNode cores = summary.putObject("coreToCore");
            cores.putObject("before").put("state", "near");
            cores.putObject("after").put("state", 4 == order.size() ? "far" : "near");
            return summary;
        }));

        assertEquals(1, json().get("pairsCounted").asInt());
        assertTrue(out().contains("the cores of A were near, then far, those of B near"), this::out);
    }

    @Test
    void endsAtAViolation() throws Exception
    {
        assertEquals(Verdict.VIOLATED, run(10, (scenario, runs) ->
            ((ObjectNode)summary(scenario)).put("verdict", "FAIL").put("exitCode", Verdict.VIOLATED)));

        assertEquals(2, order.size());
        assertEquals(0, json().get("metrics").size());
    }
}
