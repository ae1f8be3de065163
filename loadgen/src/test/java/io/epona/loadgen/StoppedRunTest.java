package io.epona.loadgen;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.epona.loadgen.report.FolderVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A run that is told to stop, as by Ctrl-C, with its broker in a process of its own.
 */
class StoppedRunTest
{
    private static final long TIMEOUT_S = 60;

    @TempDir
    private Path dir;

    @Test
    void leavesALabelledPartAndNothingRunning() throws Exception
    {
        final Process process = start("phases.warmup=100ms");
        final List<ProcessHandle> children;
        try (BufferedReader out = new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)))
        {
            await(out, " measure ");
            children = process.descendants().toList();
            assertFalse(children.isEmpty(), "the broker is a process of its own");
            process.destroy();
            assertTrue(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS), "it did not end");
        }
        finally
        {
            process.destroyForcibly();
        }
        // The parent waited for them: what is still there had been forgotten.
        for (final ProcessHandle child : children)
        {
            child.onExit().get(TIMEOUT_S, TimeUnit.SECONDS);
        }

        final Path run = folder();
        final JsonNode summary = new ObjectMapper().readTree(Files.readString(run.resolve("summary.json")));
        assertEquals("INVALID", summary.get("verdict").asText());
        assertTrue(summary.get("reasons").get(0).asText().startsWith("a partial result: stopped after "),
            summary.get("reasons")::toString);
        assertTrue(summary.get("latencyNs").get("e2e").get("count").asLong() > 0);
        assertEquals(0, summary.get("verify").get("lost").asLong());
        assertEquals(0, summary.get("verify").get("inDoubt").asLong());
        assertTrue(summary.get("rates").get("delivered").asLong() > 0);
        assertEquals(List.of(), FolderVerifier.verify(run));
        assertFalse(Files.exists(run.resolve("work")), "the data is removed");
    }

    @Test
    void storesNoFiguresWhereNothingWasMeasured() throws Exception
    {
        final Process process = start("phases.warmup=100s");
        try (BufferedReader out = new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)))
        {
            await(out, " warmup ");
            process.destroy();
            assertTrue(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS), "it did not end");
        }
        finally
        {
            process.destroyForcibly();
        }

        assertFalse(Files.exists(folder().resolve("summary.json")));
        assertFalse(Files.exists(folder().resolve("work")), "the data is removed");
    }

    private Process start(final String setting) throws IOException
    {
        return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"),
            "io.epona.loadgen.LoadgenMain",
            "run", "quickstart", "--driver", "udp", "--rate", "1k/s", "--duration", "600s", "--out", dir.toString(),
            "--set", "engine.broker=process", "--set", setting, "--set", "engine.idle=backoff",
            "--set", "engine.topic.segment.bytes=1MiB")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    }

    private static void await(final BufferedReader out, final String text) throws Exception
    {
        final CompletableFuture<Boolean> seen = CompletableFuture.supplyAsync(
            () -> out.lines().anyMatch((line) -> line.contains(text)));
        assertTrue(seen.get(TIMEOUT_S, TimeUnit.SECONDS), "it ended before " + text);
    }

    private Path folder() throws IOException
    {
        try (Stream<Path> made = Files.list(dir))
        {
            return made.findFirst().orElseThrow();
        }
    }
}
