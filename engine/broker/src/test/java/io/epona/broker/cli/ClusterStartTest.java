package io.epona.broker.cli;

import io.epona.broker.Await;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code cluster start} with all its processes, as people run it.
 */
@Tag("slow")
class ClusterStartTest
{
    private static final int LINES = 1000;
    private static final Pattern PROCESS = Pattern.compile(
        "(ZooKeeper|broker \\d) +(127\\.0\\.0\\.1:\\d+) +pid (\\d+)");

    @TempDir
    private Path dir;
    private final List<ProcessHandle> processes = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();

    @Test
    void runsACluster() throws Exception
    {
        final Cli cli = new Cli(dir);
        final Cli.Command cluster = cli.start(
            null, "cluster", "start", "--brokers", "3", "--dir", dir.resolve("cluster").toString(), "--port", "0",
            "--zookeeper-port", "0", "--set", "zookeeper.session.timeout.ms=2000");
        try
        {
            Await.until(
                "a cluster that is ready",
                () -> assertTrue(cluster.process().isAlive(), () -> text(cluster.err())),
                () -> text(cluster.out()).contains(" cluster status "));
            final Matcher matcher = PROCESS.matcher(cluster.text());
            while (matcher.find())
            {
                addresses.add(matcher.group(2));
                processes.add(ProcessHandle.of(Long.parseLong(matcher.group(3))).orElseThrow());
            }
            assertEquals(4, processes.size(), cluster.text());
            final String all = String.join(",", addresses.subList(1, 4));

            cli.run(null, "topics", "create", "demo", "--partitions", "3", "--bootstrap", all).assertOk();
            final List<String> lines = new ArrayList<>();
            for (int i = 0; i < LINES; i++)
            {
                lines.add("line " + i);
            }
            final Path input = Files.write(dir.resolve("input"), lines);
            cli.run(input, "produce", "demo", "--bootstrap", all).assertOk();
            assertConsumes(cli, all, lines);
            assertSays(
                cli.run(null, "cluster", "status", "--zookeeper", addresses.get(0)).assertOk(),
                "controller  broker ", "partitions  3, all led and in sync");

            killOne(cli, cluster);
            assertConsumes(cli, String.join(",", addresses.subList(2, 4)), lines);

            // As Ctrl-C does, which a background process may have been told to ignore.
            cluster.process().destroy();
            final Cli.Outcome outcome = cluster.await();
            assertEquals(ExitCodes.OK, outcome.exitCode(), outcome.err());
            processes.forEach((process) -> assertFalse(process.isAlive()));
        }
        finally
        {
            cluster.process().destroyForcibly().waitFor();
        }
    }

    private void killOne(final Cli cli, final Cli.Command cluster) throws Exception
    {
        processes.get(1).destroyForcibly();
        Await.until(
            "news of its death", () -> {},
            () -> text(cluster.err()).contains(
                "broker 1 (pid " + processes.get(1).pid() + ") ended with exit code 137 (signal 9)"));
        final List<Cli.Outcome> last = new ArrayList<>();
        Await.until(
            "other leaders",
            () -> last.add(run(cli, "cluster", "status", "--zookeeper", addresses.get(0))),
            () -> !last.isEmpty() && text(last.get(last.size() - 1).out())
                .contains("partitions  3: 0 without leader, 3 with replicas out of sync"));
    }

    private static Cli.Outcome run(final Cli cli, final String... arguments)
    {
        try
        {
            return cli.run(null, arguments);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
        catch (final InterruptedException ex)
        {
            throw new AssertionError(ex);
        }
    }

    private static void assertConsumes(final Cli cli, final String bootstrap, final List<String> lines)
        throws Exception
    {
        final Cli.Outcome outcome = cli.run(
            null, "consume", "demo", "--from", "earliest", "--exit-at-end", "--bootstrap", bootstrap).assertOk();
        assertEquals(
            lines.stream().sorted().toList(),
            Files.readAllLines(outcome.out(), StandardCharsets.UTF_8).stream().sorted().toList());
    }

    private static void assertSays(final Cli.Outcome outcome, final String... parts)
    {
        for (final String part : parts)
        {
            assertTrue(text(outcome.out()).contains(part), () -> part + " is not in: " + text(outcome.out()));
        }
    }

    private static String text(final Path file)
    {
        try
        {
            return Files.readString(file);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }
}
