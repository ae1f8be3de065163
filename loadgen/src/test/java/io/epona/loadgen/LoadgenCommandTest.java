package io.epona.loadgen;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.epona.loadgen.driver.Peers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
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

class LoadgenCommandTest
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path dir;

    @Test
    void wrongArgumentsAreUsageErrorsThatSayWhatToDo()
    {
        assertEquals(2, execute());
        assertTrue(err().contains("Usage: epona-loadgen"), err());
        assertEquals(2, execute("fly"));
        assertEquals(2, execute("run"));
        assertEquals(2, execute("run", "quickstart", "--speed", "1"));
        assertEquals(2, execute("run", "quikstart"));
        assertTrue(err().contains("nearest: 'quickstart'"), err());
        assertEquals(2, execute("run", "quickstart", "--driver", "upd"));
        assertTrue(err().contains("nearest: 'udp'"), err());
        assertEquals(2, execute("run", "quickstart", "--set", "load.raet=1k/s"));
        assertTrue(err().contains("nearest: 'rate'"), err());
        assertEquals(2, execute("run", "quickstart", "--rate", "fast"));
        assertEquals(2, execute("run", "quickstart", "--duration", "20"));
        assertEquals(2, execute("run", "quickstart", "--repeat", "0"));
        assertEquals(2, execute("run", "flood-1k", "--rate", "1k/s"));
        assertEquals(2, execute("compare", "quickstart"));
        assertEquals(2, execute("compare", "--driver", "null", "--driver", "null"));
        assertEquals(2, execute("compare", "quickstart", "--driver", "null"));
        assertTrue(err().contains("A and B are the same"), err());
        assertEquals(2, execute("compare", "quickstart", "--driver", "null", "--driver", "ipc", "--driver", "udp"));
        assertTrue(err().contains("--driver is given once or twice"), err());
        assertEquals(2, execute("compare", "quickstart", "--aa", "--set-b", "engine.mtu=8192"));
        assertTrue(err().contains("--aa compares a scenario with itself"), err());
        assertEquals(2, execute("compare", "quickstart", "--aa", "--margin", "0"));
        assertEquals(2, execute("compare", "quickstart", "quikstart"));
        assertEquals(2, execute("compare", "quickstart", "--driver", "null", "--driver", "upd"));
        assertEquals(2, execute("compare", "quickstart", "--driver", "null", "--driver", "ipc", "--pairs", "0"));
        assertEquals(2, execute("compare", "quickstart", "--driver", "null", "--driver", "ipc", "--pairs", "201"));
        assertTrue(err().contains("--pairs takes 1 to 200: 201"), err());
        assertEquals(2, execute("sweep", "latency-100k"));
        assertTrue(err().contains("--slo e2e.p99=2ms"), err());
        assertEquals(2, execute("sweep", "flood-1k", "--slo", "e2e.p99=2ms"));
        assertTrue(err().contains("a flood has no latency"), err());
        assertEquals(2, execute("sweep", "flood-1k", "--slo", "delivered.ratio=1.0"));
        assertTrue(err().contains("a sweep takes an open load"), err());
        assertEquals(2, execute("sweep", "latency-100k", "--slo", "e2e.p98=2ms"));
        assertEquals(2, execute("suite", "none"));
        assertEquals(2, execute("suite", "--driver", "none"));
        assertEquals(2, execute("parity", "null"));
        assertTrue(err().contains("'null' is none of chronicle, kafka"), err());
        assertEquals(2, execute("parity", "--records", "10"));
        assertEquals(2, execute("parity", "--turns", "0"));
        assertEquals(2, execute("chaos", "--rounds", "hug=3"));
        assertTrue(err().contains("'hug=3' names none of kill"), err());
        assertEquals(2, execute("chaos", "--short", "--rounds", "kill=3"));
        assertEquals(2, execute("chaos", "--session-timeout", "10ms"));
        assertEquals(2, execute("chaos", "--rate", "fast", "--out", dir.toString()));
        assertEquals(2, execute("chaos", "--continue", dir.resolve("none").toString()));
        assertEquals(2, execute("verify", dir.resolve("none").toString()));
        assertEquals(2, execute("validate", dir.resolve("none.yaml").toString()));
    }

    @Test
    void listAndEnvAndValidateAnswer() throws IOException
    {
        assertEquals(0, execute("list"));
        assertTrue(out().contains("aeron-echo") && out().contains("latency-100k"), out());
        assertEquals(0, execute("validate", "flood-100b"));
        assertTrue(out().contains("mode: flood") && out().contains("# hash "), out());
        out.reset();
        assertEquals(0, execute("env"));
        assertTrue(new ObjectMapper().readTree(out()).get("machine").get("processors").asInt() > 0);

        final Path file = Files.writeString(dir.resolve("bad.yaml"), "load: {rate: 1k/s}\nload: {rate: 2k/s}\n");
        assertEquals(2, execute("validate", file.toString()));
        assertTrue(err().contains("'load'"), err());
    }

    @Test
    void jsonPrintsTheSummaryAloneAndVerifyAgreesUntilItIsTampered() throws IOException
    {
        final int exitCode = execute(
            "run", "quickstart", "--driver", "null", "--duration", "300ms", "--rate", "10k/s", "--json",
            "--out", dir.toString(), "--set", "phases.warmup=50ms", "--set", "limits.seconds=1000",
            "--set", "limits.generator=1000", "--set", "engine.idle=backoff");
        final JsonNode summary = new ObjectMapper().readTree(out());
        assertTrue(0 == exitCode || 3 == exitCode, () -> exitCode + ": " + out() + err());
        assertEquals(exitCode, summary.get("exitCode").asInt());
        assertEquals("null", summary.get("driver").asText());
        assertEquals(3_000, summary.get("latencyNs").get("e2e").get("count").asLong());

        final Path run = dir.resolve(summary.get("id").asText());
        assertEquals(0, execute("verify", run.toString()), this::out);
        Files.writeString(run.resolve("series.csv"), "tampered");
        assertEquals(4, execute("verify", run.toString()));
    }

    @Test
    void compareRunsEachInAFreshJvmAndKeepsTheRuns() throws IOException
    {
        final int exitCode = execute(
            "compare", "quickstart", "--driver", "null", "--aa", "--pairs", "1", "--duration", "300ms",
            "--rate", "10k/s", "--out", dir.toString(), "--set", "phases.warmup=50ms", "--set", "limits.seconds=1000",
            "--set", "limits.generator=1000", "--set", "engine.idle=backoff");
        assertTrue(0 == exitCode || 3 == exitCode, () -> exitCode + ": " + out() + err());
        assertTrue(out().contains("pair 1 of 1 (A B)"), out());

        try (Stream<Path> made = Files.list(dir))
        {
            final Path folder = made.findAny().orElseThrow();
            final JsonNode json = new ObjectMapper().readTree(Files.readString(folder.resolve("compare.json")));
            final JsonNode pair = json.get("pairs").get(0);
            final double[] delivered = new double[2];
            for (int i = 0; i < delivered.length; i++)
            {
                final Path run = folder.resolve("runs").resolve(pair.get(0 == i ? "runA" : "runB").asText());
                assertEquals(0, execute("verify", run.toString()), this::out);
                delivered[i] = new ObjectMapper().readTree(Files.readString(run.resolve("summary.json")))
                    .get("rates").get("delivered").asDouble();
            }
            assertEquals(delivered[0] / delivered[1], pair.get("delivered").get("ratio").asDouble(), 1e-4);
            try (Stream<Path> runs = Files.list(folder.resolve("runs")))
            {
                assertEquals(2, runs.count());
            }
        }
    }

    @Test
    void aRunThatYieldsNoSummaryEndsAComparison()
    {
        assertEquals(6, execute(
            "compare", "latency-100k", "--driver", "udp", "--driver", "null", "--pairs", "1", "--out", dir.toString(),
            "--set", "engine.topic.segment.bytes=7"));
        assertTrue(err().contains("no summary") && err().contains("segment.bytes"), err());
    }

    @Test
    void aPeerThatWasNotBuiltIsSaidWithTheCommandThatBuildsIt() throws IOException
    {
        System.setProperty(Peers.DIR_PROPERTY, dir.resolve("none").toString());
        try
        {
            for (final String[] command : new String[][]{
                {"run", "latency-100k", "--driver", "kafka"},
                {"compare", "latency-100k", "--driver", "null", "--driver", "chronicle"},
                {"sweep", "latency-100k", "--driver", "kafka", "--slo", "e2e.p99=1ms"},
                {"parity"}})
            {
                final List<String> args = new ArrayList<>(List.of(command));
                args.addAll(List.of("--out", dir.resolve("out").toString()));
                err.reset();
                assertEquals(6, execute(args.toArray(new String[0])), this::err);
                assertTrue(err().contains("mvn -q -DskipTests -Ppeers package"), err());
            }
        }
        finally
        {
            System.clearProperty(Peers.DIR_PROPERTY);
        }
        assertFalse(Files.exists(dir.resolve("out")), "nothing was begun");
    }

    @Test
    void aMissedTargetHasItsOwnExitCode()
    {
        assertEquals(3, execute(
            "run", "quickstart", "--driver", "null", "--duration", "300ms", "--rate", "10k/s", "--out", dir.toString(),
            "--set", "phases.warmup=50ms", "--set", "limits.seconds=1000", "--set", "limits.generator=1000",
            "--set", "engine.idle=backoff", "--set", "slo.e2e.p50=1ns"), this::err);
        assertTrue(out().contains("slo missed: e2e.p50"), out());
        assertTrue(out().contains("results    " + dir), out());
    }

    @Test
    void aRunThatCannotBeSetUpIsInfrastructure() throws IOException
    {
        final Path file = Files.writeString(dir.resolve("file"), "");
        assertEquals(6, execute("run", "quickstart", "--driver", "null", "--out", file.toString()));
        try (Stream<Path> left = Files.list(dir))
        {
            assertEquals(1, left.count());
        }
    }

    private int execute(final String... args)
    {
        return LoadgenCommand.execute(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            args);
    }

    private String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err()
    {
        return err.toString(StandardCharsets.UTF_8);
    }
}
